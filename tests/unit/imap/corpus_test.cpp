// SPDX-License-Identifier: Apache-2.0
// Answers of real servers, recorded by other projects (MAILKEEP_CORPUS, else the shared corpus
// beside the source tree): all must be read.
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"

#include "text_stream.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

namespace mailkeep::imap {

namespace {

namespace fs = std::filesystem;

fs::path transcripts() {
    const char* const given = std::getenv("MAILKEEP_CORPUS");
    const fs::path source = fs::path(MAILKEEP_SOURCE);
    const fs::path corpus = given ? fs::path(given) : source.parent_path() / "shared/corpus";
    return corpus / "transcripts/imap";
}

std::string octets_of(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

std::vector<fs::path> files_with(const fs::path& folder, std::string_view extension) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file() && entry.path().extension() == extension)
            files.push_back(entry.path());
    }
    return files;
}

std::string with_crlf(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (c == '\n')
            result += '\r';
        result += c;
    }
    return result;
}

/// How many responses of each kind stand in octets. All must be whole and readable.
std::vector<int> kinds_in(const std::string& octets) {
    std::vector<int> kinds(std::variant_size_v<Response>);
    TextStream stream(octets);
    net::LineReader reader(stream);
    while (!stream.is_read() || reader.has_buffered()) {
        ++kinds[parse_response(read_response(reader)).index()];
    }
    return kinds;
}

/// The octets of a double-quoted YAML scalar, which may be folded over lines.
std::string unquoted(std::string_view text) {
    std::string octets;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '\n') {  // folded: a line break and indentation are one space
            while (octets.ends_with(' ')) {
                octets.pop_back();
            }
            octets += ' ';
            while (i + 1 < text.size() && text[i + 1] == ' ') {
                ++i;
            }
        } else if (c != '\\') {
            octets += c;
        } else if (++i; text[i] == 'r') {
            octets += '\r';
        } else if (text[i] == 'n') {
            octets += '\n';
        } else if (text[i] == 't') {
            octets += '\t';
        } else if (text[i] == 'x') {
            octets += from_hex(text.substr(i + 1, 2)).value();
            i += 2;
        } else if (text[i] == '\n') {  // an escaped line break is none
            while (i + 1 < text.size() && text[i + 1] == ' ') {
                ++i;
            }
        } else {
            octets += text[i];
        }
    }
    return octets;
}

/// Every ":response:" of a file that is written as a double-quoted scalar.
std::vector<std::string> responses_of(const std::string& yaml) {
    std::vector<std::string> responses;
    constexpr std::string_view key = "\n    :response:";
    for (auto at = yaml.find(key); at != std::string::npos; at = yaml.find(key, at + 1)) {
        const auto open = yaml.find_first_of("\"|'", at + key.size());
        if (open == std::string::npos || yaml[open] != '"')
            continue;
        auto close = open + 1;
        while (yaml[close] != '"') {
            close += yaml[close] == '\\' ? 2 : 1;
        }
        responses.push_back(unquoted(std::string_view(yaml).substr(open + 1, close - open - 1)));
    }
    return responses;
}

bool is_word_character(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '_';
}

/// What stands for a variable of an imaptest script: UIDs, sequence numbers and sizes are numbers.
std::string value_of(std::string_view name) {
    if (name == "mailbox" || name == "{mailbox}")
        return "box";
    if (name == "{sep}")
        return "/";
    if (name == "sep")
        return "\"/\"";
    const bool is_number = name.starts_with("uid") || name.starts_with("size") ||
                           name.ends_with("modseq") ||
                           name.find_first_not_of("0123456789") == std::string_view::npos;
    return is_number ? "1" : "\"" + std::string(name) + "\"";
}

/// A line of an imaptest script with a value for each variable, and without its "$!" directives,
/// which are no part of a response.
std::string with_values(std::string_view line) {
    std::string text;
    for (std::size_t i = 0; i < line.size();) {
        if (line[i] != '$') {
            text += line[i++];
            continue;
        }
        const char kind = i + 1 < line.size() ? line[i + 1] : ' ';
        const std::size_t begin = i + (kind == '$' || kind == '!' ? 2 : 1);
        std::size_t end = kind == '{' ? line.find('}', begin) + 1 : begin;  // "${sep}"
        while (kind != '{' && end < line.size() &&
               (is_word_character(line[end]) || line[end] == '=')) {
            ++end;
        }
        const std::string_view name = line.substr(begin, end - begin);
        if (kind == '$') {
            text += name;
        } else if (kind != '!') {
            text += value_of(name);
        }
        i = end;
    }
    return text;
}

/// Every untagged response an imaptest script waits for. "{{{" begins a literal, "}}}" ends it.
std::vector<std::string> responses_awaited_in(const std::string& script) {
    std::vector<std::string> responses;
    std::optional<std::string> literal;
    for (const std::string_view line : split(script, '\n')) {
        if (literal && !line.starts_with("}}}")) {
            *literal += std::string(line) + "\r\n";
            continue;
        }
        std::string text = with_values(line);
        if (literal) {
            const std::string octets = *std::exchange(literal, std::nullopt);
            text = "{" + std::to_string(octets.size()) + "}\r\n" + octets + text.substr(3);
            responses.back() += text;
        } else if (text.starts_with("* ")) {
            responses.push_back(text);
        } else {
            continue;
        }
        if (responses.back().ends_with("{{{")) {
            responses.back().resize(responses.back().size() - 3);
            literal.emplace();
        } else {
            responses.back() += "\r\n";
        }
    }
    return responses;
}

class Corpus : public testing::Test {
  protected:
    void SetUp() override {
        if (!fs::exists(transcripts()))
            GTEST_SKIP() << "no corpus at " << transcripts();
    }
};

}  // namespace

TEST_F(Corpus, answers_recorded_by_mailkit_are_read) {
    std::vector<int> sum(std::variant_size_v<Response>);
    for (const fs::path& file : files_with(transcripts() / "mailkit", ".txt")) {
        try {
            const auto kinds = kinds_in(with_crlf(octets_of(file)));
            for (std::size_t i = 0; i < sum.size(); ++i) {
                sum[i] += kinds[i];
            }
        } catch (const Error& error) {
            ADD_FAILURE() << file << ": " << error.what();
        }
    }
    sum[Response(Expunged()).index()] = 1;  // nothing was removed while they were recorded
    for (std::size_t i = 0; i < sum.size(); ++i) {
        EXPECT_GT(sum[i], 0) << "no response of kind " << i;
    }
}

TEST_F(Corpus, responses_gathered_by_net_imap_are_read) {
    std::size_t count = 0;
    for (const fs::path& file : files_with(transcripts() / "ruby-net-imap", ".yml")) {
        for (const std::string& octets : responses_of(octets_of(file))) {
            ++count;
            EXPECT_NO_THROW(static_cast<void>(kinds_in(octets))) << file << ": " << octets;
        }
    }
    EXPECT_GT(count, 100U);
}

TEST_F(Corpus, responses_imaptest_waits_for_are_read) {
    std::size_t count = 0;
    for (const fs::path& file : files_with(transcripts() / "dovecot-imaptest", ".txt")) {
        for (const std::string& octets : responses_awaited_in(octets_of(file))) {
            ++count;
            EXPECT_NO_THROW(static_cast<void>(kinds_in(octets))) << file << ": " << octets;
        }
    }
    EXPECT_GT(count, 300U);
}

TEST_F(Corpus, tokens_gathered_by_imap_codec_do_no_harm_anywhere) {
    constexpr std::string_view places[] = {"* ", "* 1 FETCH (", "* LIST () ", "A1 OK [", "+ "};
    std::size_t count = 0;
    for (const fs::path& file : files_with(transcripts() / "imap-codec-dict", ".dict")) {
        const std::string lines = octets_of(file);
        for (const std::string_view line : split(lines, '\n')) {
            if (line.size() < 2 || line.front() != '"')
                continue;
            ++count;
            for (const std::string_view place : places) {
                const std::string octets =
                    std::string(place) + unquoted(line.substr(1, line.size() - 2)) + "\r\n";
                try {
                    static_cast<void>(kinds_in(octets));
                } catch (const Error& error) {
                    ASSERT_TRUE(error.code() == Errc::protocol || error.code() == Errc::network)
                        << octets << ": " << error.what();
                }
            }
        }
    }
    EXPECT_GT(count, 500U);
}

TEST_F(Corpus, no_part_of_any_file_does_harm) {
    for (const fs::path& file : files_with(transcripts(), ".txt")) {
        const std::string octets = with_crlf(octets_of(file));
        for (std::size_t length = 0; length < std::min<std::size_t>(octets.size(), 150); ++length) {
            try {
                static_cast<void>(kinds_in(octets.substr(0, length)));
            } catch (const Error& error) {
                ASSERT_TRUE(error.code() == Errc::protocol || error.code() == Errc::network)
                    << file << ": " << error.what();
            }
        }
    }
}

}  // namespace mailkeep::imap
