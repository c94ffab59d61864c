// SPDX-License-Identifier: Apache-2.0
// Recorded answers of real servers, from the corpus beside the source; skipped where it is not.
// MAILKEEP_CORPUS names another place for it.
#include "mailkeep/base/error.hpp"
#include "mailkeep/pop3/session.hpp"

#include "reply.hpp"
#include "support/scripted_stream.hpp"
#include "support/text_stream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace mailkeep::pop3 {
namespace {

namespace fs = std::filesystem;
using test::Script;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Not;

class Pop3Transcripts : public ::testing::Test {
  protected:
    void SetUp() override {
        const char* place = std::getenv("MAILKEEP_CORPUS");
        const fs::path corpus =
            place ? fs::path(place) : fs::path(MAILKEEP_SOURCE) / "../shared/corpus";
        folder_ = corpus / "transcripts/pop3/mailkit";
        if (!fs::exists(folder_)) {
            GTEST_SKIP() << "no corpus at " << corpus;
        }
    }

    /// The answer in a file, which has LF where the server sent CRLF.
    [[nodiscard]] std::string answer(const std::string& name) const {
        std::ifstream file(folder_ / name, std::ios::binary);
        EXPECT_TRUE(file) << name;
        const std::string text(std::istreambuf_iterator<char>(file), {});
        std::string wire;
        for (const char c : text) {
            if (c == '\n') {
                wire += '\r';
            }
            wire += c;
        }
        return wire;
    }

    /// A server that greets and takes the password "p" of "u".
    void script_login(Script& script, const std::string& server) const {
        script.server(answer(server + "/greeting.txt"));
        script.client("CAPA\r\n").server(answer(server + "/capa1.txt"));
        script.client("AUTH PLAIN AHUAcA==\r\n").server(answer(server + "/auth.txt"));
        script.client("CAPA\r\n").server(answer(server + "/capa2.txt"));
    }

    static void log_in(Session& session) {
        session.greet();
        session.login({"u", Secret("p")});
    }

    fs::path folder_;
};

TEST_F(Pop3Transcripts, log_in) {
    for (const char* server : {"gmail", "lang"}) {
        Script script;
        script_login(script, server);
        script.client("QUIT\r\n").server(answer(std::string(server) + "/quit.txt"));
        Session session(script.open(), Security::tls);
        log_in(session);
        EXPECT_THAT(session.capabilities(), AllOf(Contains("UIDL"), Contains("PIPELINING"),
                                                  Contains("EXPIRE 0"), Not(Contains("SASL"))));
        EXPECT_TRUE(session.quit());
    }
}

TEST_F(Pop3Transcripts, list_retrieve_and_delete) {
    Script script;
    script_login(script, "gmail");
    script.client("UIDL\r\nLIST\r\n").server(answer("gmail/uidl.txt"));
    script.server(answer("gmail/list.txt"));
    script.client("RETR 1\r\nRETR 2\r\nRETR 3\r\n").server(answer("gmail/retr123.txt"));
    script.client("DELE 1\r\nDELE 2\r\nDELE 3\r\n").server(answer("gmail/dele123.txt"));
    Session session(script.open(), Security::tls);
    log_in(session);
    const auto listing = session.listing();
    ASSERT_EQ(listing.size(), 3U);
    EXPECT_EQ(listing[2].unique_id, "103");
    EXPECT_EQ(listing[2].octets, 1026U);
    const std::vector<Number> numbers{1, 2, 3};
    std::vector<std::string> messages;
    session.retrieve(
        numbers, [&](Number, std::string&& raw) { messages.push_back(std::move(raw)); },
        [](Number number, const std::string&) { ADD_FAILURE() << "refused " << number; });
    ASSERT_EQ(messages.size(), 3U);
    EXPECT_THAT(messages[0], ::testing::StartsWith("Delivered-To: xxx@gmail.com\r\n"));
    EXPECT_THAT(messages[0], ::testing::EndsWith("_--\r\n"));
    EXPECT_THAT(messages[0], ::testing::HasSubstr("\r\n.hmmessage P\r\n"));
    session.dele(each_of(numbers),
                 [](Number number, bool is_accepted) { EXPECT_TRUE(is_accepted) << number; });
}

TEST_F(Pop3Transcripts, hand_over_octets_that_are_no_mail_at_all) {
    const std::string wire = answer("gmail/retr1-parse-error.txt");
    Script script;
    script_login(script, "gmail");
    script.client("RETR 1\r\n").server(wire).chunk(1000);
    Session session(script.open(), Security::tls);
    log_in(session);
    std::string message;
    session.retrieve(
        std::vector<Number>{1}, [&](Number, std::string&& raw) { message = std::move(raw); },
        [](Number, const std::string&) { ADD_FAILURE() << "refused"; });
    const std::size_t begin = wire.find('\n') + 1;
    EXPECT_TRUE(message + ".\r\n" == wire.substr(begin));
}

TEST_F(Pop3Transcripts, leave_out_what_a_broken_listing_does_not_name) {
    Script script;
    script_login(script, "gmail");
    script.client("UIDL\r\nLIST\r\n").server(answer("gmail/uidl-error2.txt"));
    script.server(answer("gmail/list.txt"));
    Session session(script.open(), Security::tls);
    log_in(session);
    EXPECT_EQ(session.listing().size(), 2U);
}

TEST_F(Pop3Transcripts, keep_a_message_without_a_unique_id) {
    Script script;
    script_login(script, "gmail");
    script.client("UIDL\r\nLIST\r\n").server(answer("gmail/uidl-error1.txt"));
    script.server(answer("gmail/list.txt"));
    Session session(script.open(), Security::tls);
    log_in(session);
    EXPECT_EQ(session.listing().at(2).unique_id, "");
}

/// Whether a command's good answer goes on behind its first line.
bool is_long(const std::string& name) {
    constexpr std::string_view verbs[] = {"capa", "getlang", "list.", "retr",
                                          "top",  "uidl.",   "uidl-"};
    return std::any_of(std::begin(verbs), std::end(verbs),
                       [&](std::string_view verb) { return name.starts_with(verb); });
}

TEST_F(Pop3Transcripts, are_read_to_their_ends) {
    std::size_t count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
        if (!entry.is_regular_file())
            continue;
        ++count;
        const std::string name = entry.path().filename();
        test::TextStream stream(answer(fs::relative(entry.path(), folder_)));
        net::LineReader reader(stream);
        while (!stream.is_read() || reader.has_buffered()) {
            const Reply reply = parse_reply(reader.read_line_with_end(1000));
            EXPECT_EQ(reply.status, name == "plus.txt" ? Status::go_on : Status::ok) << entry;
            Unstuffer unstuffer(reply.line_end);
            while (is_long(name) && unstuffer.take(reader.read_line_with_end(1U << 20U))) {
            }
        }
    }
    EXPECT_GT(count, 35U);
}

}  // namespace
}  // namespace mailkeep::pop3
