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
