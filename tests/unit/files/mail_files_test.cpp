// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/files/file_tree.hpp"
#include "mailkeep/files/mail_files.hpp"

#include "import_index.hpp"
#include "support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace mailkeep::files {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Found final : public MailSink {
  public:
    void begin(FoundMessage message) override {
        messages.push_back(std::move(message));
        texts.emplace_back();
    }

    void piece(std::string_view octets) override { texts.back() += octets; }

    void end() override {}

    void mailbox(const std::string& name, char /*delimiter*/) override { empty.push_back(name); }

    void cannot_read(const std::string& origin, const std::string& reason) override {
        unread.push_back(origin + ": " + reason);
    }

    void enter(const std::string& path, std::string_view format) override {
        entered.push_back(std::string(format) + " " + path);
    }

    void pass_over(const std::string& path) override { passed.push_back(path); }

    std::vector<FoundMessage> messages;
    std::vector<std::string> texts, empty, unread, entered, passed;
};

class MailFiles : public ::testing::Test {
  protected:
    void write(const std::string& name, std::string_view octets) {
        const auto path = folder_ / name;
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path, std::ios::binary) << octets;
    }

    Found read(const std::string& name = "", Format format = Format::automatic) {
        Found found;
        read_mail(folder_ / name, format, found);
        return found;
    }

    test::TempDir folder_;
};

TEST_F(MailFiles, are_what_their_content_says) {
    write("a", "From a Tue Jan  2 12:33:01 2018\nA: 1\n\nx\n");
    write("b", "Subject: 2\n x\n\ny\n");
    write("e", "key: value\n");
    write("c.eml", "\x01 anything");
    write("d", "no mail");
    write("Box/cur/1.2.h:2,FS", "A: 3\r\n\r\nz");
    write("Box/tmp/9", "no");
    const auto found = read();
    EXPECT_THAT(found.entered,
                ElementsAre("maildir Box/cur/1.2.h:2,FS", "mbox a", "eml b", "eml c.eml"));
    EXPECT_THAT(found.texts, ElementsAre("A: 3\r\n\r\nz", "A: 1\r\n\r\nx\r\n",
                                         "Subject: 2\r\n x\r\n\r\ny\r\n", "\x01 anything"));
    EXPECT_THAT(found.passed, ElementsAre("Box/tmp/9", "d", "e"));
    EXPECT_THAT(found.unread, IsEmpty());
    EXPECT_THAT(found.messages[0].mailbox, ElementsAre("Box"));
    EXPECT_EQ(to_text(found.messages[0].flags), "\\Flagged \\Seen");
    EXPECT_THAT(found.messages[1].mailbox, ElementsAre("a"));
    EXPECT_THAT(found.messages[2].mailbox, ElementsAre());
}

TEST_F(MailFiles, name_what_is_called_mail_and_is_none) {
    write("a.mbox", "nothing of the kind");
    write("b.mbox", "");
    const auto found = read();
    EXPECT_THAT(found.unread, SizeIs(1));
    EXPECT_THAT(found.empty, ElementsAre("b"));
}

TEST_F(MailFiles, of_an_index_are_as_it_says) {
    const std::string raw = "A: 1\n\nbare";
    const auto id = sha256(raw).hex();
    write("x/cur/1.2.h:2,", raw);
    write("index.jsonl",
          R"({"path":"x/cur/1.2.h:2,","id":")" + id +
              R"(","mailbox":"A.B","delimiter":".","flags":["\\Seen"],"keywords":["k"],)"
              R"("labels":["z","a"],"internal_date":"2020-01-02T03:04:05+02:30","later":{"x":[1]}})"
              "\nno json\n" +
              R"({"mailbox":"Empty","delimiter":"."})" + "\n");
    const auto found = read();
    ASSERT_THAT(found.messages, SizeIs(1));
    const auto& message = found.messages[0];
    EXPECT_EQ(found.texts[0], raw);
    EXPECT_EQ(message.exact_mailbox, "A.B");
    EXPECT_EQ(message.exact_delimiter, '.');
    EXPECT_EQ(to_text(message.flags), "\\Seen k");
    EXPECT_THAT(message.flags.labels, ElementsAre("a", "z"));
    EXPECT_EQ(message.content_id, sha256(raw));
    EXPECT_EQ(message.internal_date->at, parse_rfc3339("2020-01-02T00:34:05Z"));
    EXPECT_EQ(message.internal_date->zone, std::chrono::minutes(150));
    EXPECT_THAT(found.empty, ElementsAre("Empty"));
}

TEST_F(MailFiles, that_are_links_are_named_and_not_followed) {
    write("a.eml", "A: 1\n\n");
    std::filesystem::create_symlink("a.eml", folder_ / "b.eml");
    std::filesystem::create_directory_symlink("/", folder_ / "c");
    const auto found = read();
    EXPECT_THAT(found.messages, SizeIs(1));
    EXPECT_THAT(found.unread, SizeIs(2));
}

TEST_F(MailFiles, that_are_not_there_are_an_error) {
    Found found;
    EXPECT_THROW(read_mail(folder_ / "none", Format::automatic, found), Error);
}

TEST(FileTree, knows_what_is_packed) {
    EXPECT_TRUE(is_packed(std::string_view("PK\x03\x04", 4)));
    EXPECT_TRUE(is_packed("\x1F\x8B"));
    EXPECT_TRUE(is_packed(std::string(257, 'x') + "ustar"));
    EXPECT_FALSE(is_packed("From a"));
    EXPECT_FALSE(is_packed(""));
}

}  // namespace
}  // namespace mailkeep::files
