// SPDX-License-Identifier: Apache-2.0
// Real and broken mail of other projects, and what their parsers make of it. The corpus is not part
// of this repository: MAILKEEP_CORPUS names it, else it is looked for beside the checkout.
#include "mailkeep/base/text.hpp"
#include "mailkeep/mail/body.hpp"
#include "mailkeep/mail/summary.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

using namespace mailkeep;
using namespace mailkeep::mail;
using nlohmann::json;

namespace {

std::filesystem::path corpus() {
    const char* const named = std::getenv("MAILKEEP_CORPUS");
    return named != nullptr
               ? std::filesystem::path(named)
               : (std::filesystem::path(MAILKEEP_SOURCE) / "../shared/corpus").lexically_normal();
}

std::string content_of_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

bool is_all_valid_utf8(const Message& message) {
    std::string text = message.subject + message.from + message.to + message.cc + message.bcc +
                       message.message_id + message.list_id + searchable_text(message);
    for (const auto& [name, value] : message.header) {
        text += name + value;
    }
    for (const auto& part : message.parts) {
        text += part.content_type + part.charset + part.file_name + part.content_id;
    }
    return is_valid_utf8(text);
}

/// With runs of blanks as one and without the "Re:" that one of the parsers strips.
std::string simplified(const std::string& subject) {
    std::string result;
    for (const auto word : split(subject, ' ')) {
        if (!word.empty() && !(result.empty() && word == "Re:")) {
            result += (result.empty() ? "" : " ") + std::string(word);
        }
    }
    return result;
}

std::string addresses_in(const json& list) {
    std::vector<std::string> shown;
    for (const auto& entry : list) {
        const auto name = entry[0].is_null() ? "" : entry[0].get<std::string>();
        const auto address = entry[1].is_null() ? "" : entry[1].get<std::string>();
        shown.push_back(name.empty() || address.empty() ? name + address
                                                        : name + " <" + address + ">");
    }
    return join(shown, ", ");
}

std::vector<std::string> names_in(const json& list) {
    std::vector<std::string> names;
    for (const auto& name : list) {
        if (!name.is_null()) {
            names.push_back(name.get<std::string>());
        }
    }
    std::sort(names.begin(), names.end());
    return names;
}

std::vector<std::string> named(std::vector<std::string> attachments) {
    std::erase(attachments, "");
    std::sort(attachments.begin(), attachments.end());
    return attachments;
}

/// How often we agree with the other parsers about one thing.
class Agreement {
  public:
    explicit Agreement(std::string what) : what_(std::move(what)) {}

    /// An expectation with U+FFFD is a letter that the other parser could not read.
    template <class Value>
    void note(const std::string& file, const Value& expected, const Value& got) {
        const auto wanted = testing::PrintToString(expected);
        if (wanted.find("\xEF\xBF\xBD") != std::string::npos ||
            wanted.find("\\xEF") != std::string::npos) {
            return;
        }
        ++all_;
        agreed_ += expected == got ? 1 : 0;
        if (!(expected == got)) {
            differences_ +=
                "\n  " + file + ": expected " + wanted + ", got " + testing::PrintToString(got);
        }
    }

    void expect_at_least(double percent) const {
        const auto rate = all_ == 0 ? 0.0 : 100.0 * agreed_ / all_;
        testing::Test::RecordProperty(what_, std::to_string(rate));
        EXPECT_GE(rate, percent) << what_ << ": " << agreed_ << " of " << all_ << differences_;
    }

  private:
    std::string what_;
    int agreed_ = 0;
    int all_ = 0;
    std::string differences_;
};

}  // namespace

TEST(Corpus, is_read_within_the_caps_as_valid_utf_8) {
    if (!std::filesystem::exists(corpus())) {
        GTEST_SKIP() << "no mail corpus at " << corpus();
    }
    int read = 0;
    for (const auto* folder : {"mime", "charset", "lists"}) {
        for (const auto& entry : std::filesystem::recursive_directory_iterator(corpus() / folder)) {
            if (entry.path().extension() != ".eml") {
                continue;
            }
            const auto message = parse(content_of_file(entry.path()));
            EXPECT_TRUE(is_all_valid_utf8(message)) << entry.path();
            EXPECT_FALSE(message.parts.empty()) << entry.path();
            EXPECT_LT(message.parts.size(), most_parts) << entry.path();
            ++read;
        }
    }
    EXPECT_GT(read, 1000);
}

TEST(Corpus, is_understood_as_other_parsers_do) {
    std::ifstream index(corpus() / "expected_index.jsonl");
    if (!index) {
        GTEST_SKIP() << "no mail corpus at " << corpus();
    }
    Agreement subject("subject");
    Agreement from("from");
    Agreement to("to");
    Agreement date("date");
    Agreement attachments("attachments");
    for (std::string line; std::getline(index, line);) {
        const auto expected = json::parse(line);
        const auto file = expected["file"].get<std::string>();
        if (!std::filesystem::exists(corpus() / file)) {
            continue;
        }
        const auto got = summarize(ContentId(), content_of_file(corpus() / file));
        if (expected.contains("subject") && expected["subject"] != "No Subject") {
            subject.note(file, simplified(expected["subject"]), simplified(got.subject));
        }
        if (expected.contains("from")) {
            from.note(file, addresses_in(expected["from"]), got.from);
        }
        if (expected.contains("to")) {
            to.note(file, addresses_in(expected["to"]), got.to);
        }
        if (expected.contains("date")) {
            date.note(file, parse_rfc3339(expected["date"].get<std::string>()), got.sent_date);
        }
        if (expected.contains("attachment_names")) {
            attachments.note(file, names_in(expected["attachment_names"]), named(got.attachments));
        }
    }
    subject.expect_at_least(100);
    from.expect_at_least(100);
    to.expect_at_least(100);
    date.expect_at_least(97);
    attachments.expect_at_least(95);
}
