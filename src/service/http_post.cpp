// SPDX-License-Identifier: Apache-2.0
// HTTP/1.1 (RFC 9112) as far as one request needs it, which ends its connection. Not by
// cpp-httplib's client: its 0.11 crashes on a status line of 200 KB, reads one without an end, and
// a server that drips keeps it for ever.
#include "http_post.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"
#include "mailkeep/net/connect.hpp"
#include "mailkeep/net/line_reader.hpp"

#include <Poco/Exception.h>
#include <Poco/URI.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace mailkeep::service {

namespace {

constexpr std::chrono::seconds patience{30};
constexpr std::size_t most_octets = std::size_t{1} << 20U;
constexpr std::size_t most_fields = 1000;
constexpr std::size_t longest_line = std::size_t{16} << 10U;

/// How the body of an answer ends (RFC 9112 section 6.3): its last chunk, its length, or else with
/// the connection.
struct Head {
    int status = 0;
    std::string reason;
    bool is_chunked = false;
    std::optional<std::uint64_t> length;
};

Poco::URI parse_url(const PostRequest& request) {
    Poco::URI url;
    try {
        url = Poco::URI(request.url);
    } catch (const Poco::Exception&) {
        url.clear();
    }
    url.setUserInfo("");
    if (url.getHost().empty() || (url.getScheme() != "http" && url.getScheme() != "https")) {
        throw Error(Errc::invalid, "\"" + request.url + "\" is no http(s) address",
                    "Give the address of " + request.peer + ", such as https://example.org/");
    }
    return url;
}

std::string head_of(const PostRequest& request, const Poco::URI& url) {
    const auto path = url.getPathAndQuery();
    return "POST " + (path.empty() ? "/" : path) + " HTTP/1.1\r\nHost: " + url.getAuthority() +
           "\r\nConnection: close\r\nContent-Type: " + request.content_type +
           "\r\nContent-Length: " + std::to_string(request.body.size()) + "\r\n\r\n";
}

void read_field(std::string_view line, Head& head) {
    const auto colon = std::min(line.find(':'), line.size());
    const auto name = line.substr(0, colon);
    const auto value = trim(line.substr(std::min(colon + 1, line.size())));
    if (equals_ignoring_case(name, "Transfer-Encoding")) {
        head.is_chunked = equals_ignoring_case(value, "chunked");
    } else if (equals_ignoring_case(name, "Content-Length")) {
        head.length = parse_number(value);
    }
}

Head read_head(net::LineReader& reader) {
    const auto line = reader.read_line(longest_line);
    const auto words = split(line, ' ');
    const auto status = words.size() > 1 ? parse_number(words[1]) : std::nullopt;
    if (!line.starts_with("HTTP/1.") || !status || *status < 100 || *status > 999) {
        throw Error(Errc::protocol, "the answer is no HTTP");
    }
    Head head;
    head.status = static_cast<int>(*status);
    head.reason = line.substr(std::min(line.size(), words[0].size() + words[1].size() + 2));
    for (std::size_t count = 0; count < most_fields; ++count) {
        const auto field = reader.read_line(longest_line);
        if (field.empty()) {
            return head;
        }
        read_field(field, head);
    }
    throw Error(Errc::protocol, "the answer has too many header fields");
}

/// What is announced (100 to 199) comes before what is answered.
Head read_final_head(net::LineReader& reader) {
    constexpr int most_announced = 10;
    auto head = read_head(reader);
    for (int i = 0; i < most_announced && head.status < 200; ++i) {
        head = read_head(reader);
    }
    return head;
}

void read_counted(net::LineReader& reader, std::uint64_t count, std::string& body) {
    if (count > most_octets - body.size()) {
        throw Error(Errc::protocol, "the answer is too long");
    }
    reader.read_exact(count, body);
}

std::string read_chunks(net::LineReader& reader) {
    std::string body;
    while (true) {
        const auto line = reader.read_line(longest_line);
        std::uint64_t size = 0;
        const auto* const end = line.data() + line.size();
        if (std::from_chars(line.data(), end, size, 16).ec != std::errc{}) {
            throw Error(Errc::protocol, "the answer has a chunk without its size");
        }
        if (size == 0) {
            return body;
        }
        read_counted(reader, size, body);
        (void)reader.read_line(longest_line);
    }
}

std::string read_to_end(net::LineReader& reader, net::Stream& stream) {
    auto body = reader.change_to(stream);
    std::array<char, std::size_t{16} << 10U> piece{};
    while (const auto count = stream.read_some(piece)) {
        body.append(piece.data(), count);
        if (body.size() > most_octets) {
            throw Error(Errc::protocol, "the answer is too long");
        }
    }
    return body;
}

PostAnswer ask(const PostRequest& request, const Poco::URI& url) {
    const bool is_https = url.getScheme() == "https";
    const auto stream =
        net::connect({url.getHost(), url.getPort()},
                     is_https ? net::Encryption::on_connect : net::Encryption::later,
                     {.ca_file = request.ca_file, .fingerprint = {}}, patience, {});
    stream->write_all(head_of(request, url));
    stream->write_all(request.body);
    net::LineReader reader(*stream);
    reader.begin_answer();
    auto head = read_final_head(reader);
    PostAnswer answer{head.status, std::move(head.reason), {}};
    if (head.is_chunked) {
        answer.body = read_chunks(reader);
    } else if (head.length) {
        read_counted(reader, *head.length, answer.body);
    } else {
        answer.body = read_to_end(reader, *stream);
    }
    return answer;
}

}  // namespace

PostAnswer post(const PostRequest& request) {
    const auto url = parse_url(request);
    try {
        return ask(request, url);
    } catch (const Error& error) {
        throw Error(error.code(),
                    "cannot reach " + request.peer + " " + request.url + ": " + error.what(),
                    request.retry_hint);
    }
}

}  // namespace mailkeep::service
