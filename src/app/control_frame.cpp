// SPDX-License-Identifier: Apache-2.0
#include "control_frame.hpp"

#include "mailkeep/base/crypto.hpp"
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"

#include <span>

namespace mailkeep::app {

namespace {

constexpr std::string_view protocol_name = "mailkeep-control 1";
constexpr std::size_t head_size = 5;
constexpr std::size_t most_columns = 1000;

/// False when the stream ended before the first octet.
bool read_whole(net::Stream& stream, std::span<char> into) {
    for (std::size_t done = 0; done < into.size();) {
        const auto count = stream.read_some(into.subspan(done));
        if (count == 0 && done == 0) {
            return false;
        }
        if (count == 0) {
            throw Error(Errc::network, "the control connection ended in the middle of a frame");
        }
        done += count;
    }
    return true;
}

/// "1 1 120": is a terminal, has colours, columns.
std::string screen_text(const Screen& screen) {
    return std::to_string(screen.is_terminal ? 1 : 0) + " " +
           std::to_string(screen.has_color ? 1 : 0) + " " + std::to_string(screen.columns);
}

Screen screen_from(std::string_view text) {
    const auto words = split(text, ' ');
    const auto columns = words.size() == 3 ? parse_number(words[2]) : std::nullopt;
    if (!columns || *columns == 0 || *columns > most_columns) {
        throw Error(Errc::protocol, "a control request has no terminal that can be read");
    }
    return {words[0] == "1", words[1] == "1", *columns};
}

void take(Request& request, Frame&& frame) {
    switch (frame.kind) {
        case 'f':
            request.folder = std::move(frame.payload);
            break;
        case 'a':
            request.arguments.push_back(std::move(frame.payload));
            break;
        case 's':
            request.secret = Secret(std::move(frame.payload));
            break;
        case 't':
            request.screen = screen_from(frame.payload);
            break;
        default:
            throw Error(Errc::protocol, "a control request holds a frame of unknown kind");
    }
}

}  // namespace

std::string encoded(char kind, std::string_view payload) {
    MAILKEEP_ASSERT(payload.size() <= most_payload);
    std::string octets(1, kind);
    for (const unsigned shift : {24U, 16U, 8U, 0U}) {
        octets += static_cast<char>((payload.size() >> shift) & 0xFFU);
    }
    return octets.append(payload);
}

std::optional<Frame> read_frame(net::Stream& stream) {
    std::string head(head_size, '\0');
    if (!read_whole(stream, head)) {
        return std::nullopt;
    }
    std::size_t length = 0;
    for (const char octet : std::string_view(head).substr(1)) {
        length = (length << 8U) | static_cast<unsigned char>(octet);
    }
    if (length > most_payload) {
        throw Error(Errc::protocol, "a control frame is too long");
    }
    Frame frame{head.front(), std::string(length, '\0')};
    if (length > 0 && !read_whole(stream, frame.payload)) {
        throw Error(Errc::network, "the control connection ended in the middle of a frame");
    }
    return frame;
}

void send_request(net::Stream& stream, const Request& request) {
    auto octets = encoded('v', protocol_name);
    octets += encoded('f', request.folder);
    for (const auto& argument : request.arguments) {
        if (argument.size() > most_payload || request.arguments.size() > most_arguments) {
            throw Error(Errc::invalid, "there are too many arguments, or one is too long");
        }
        octets += encoded('a', argument);
    }
    octets += encoded('t', screen_text(request.screen));
    stream.write_all(octets);
    if (request.secret) {
        auto frame = encoded('s', request.secret->reveal());
        stream.write_all(frame);
        wipe(frame);
    }
    stream.write_all(encoded('g', {}));
}

std::optional<Request> read_request(net::Stream& stream) {
    const auto first = read_frame(stream);
    if (!first) {
        return std::nullopt;
    }
    if (first->kind != 'v' || first->payload != protocol_name) {
        throw Error(Errc::protocol, "the control request is of another version",
                    "Restart the service after an update.");
    }
    Request request;
    for (;;) {
        auto frame = read_frame(stream);
        if (!frame) {
            throw Error(Errc::network, "the control request ended early");
        }
        if (frame->kind == 'g') {
            return request;
        }
        if (request.arguments.size() == most_arguments) {
            throw Error(Errc::protocol, "a control request has too many arguments");
        }
        take(request, *std::move(frame));
    }
}

}  // namespace mailkeep::app
