// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/text.hpp"
#include "mailkeep/files/mailbox_paths.hpp"

namespace mailkeep::files {

namespace {

Placement in(std::string_view mailbox, char delimiter = '/', std::string_view account = "post") {
    Placement placement;
    placement.account_name = account;
    placement.mailbox = mailbox;
    placement.mailbox_raw = mailbox;
    placement.delimiter = delimiter;
    return placement;
}

class MailboxPathsOf : public testing::Test {
  protected:
    std::string tree(const Placement& placement) { return tree_.path_of(placement); }

    std::string maildir(const Placement& placement) { return maildir_.path_of(placement); }

  private:
    MailboxPaths tree_{MailboxPaths::Layout::tree};
    MailboxPaths maildir_{MailboxPaths::Layout::maildir};
};

}  // namespace

TEST_F(MailboxPathsOf, keep_the_hierarchy) {
    EXPECT_EQ(tree(in("INBOX")), "post/INBOX");
    EXPECT_EQ(tree(in("a/b.c")), "post/a/b.c");
    EXPECT_EQ(tree(in("a.d", '.')), "post/a/d");
    EXPECT_EQ(tree(in("x.y", 0)), "post/x.y");
    EXPECT_EQ(maildir(in("INBOX")), "post");
    EXPECT_EQ(maildir(in("a/b.c")), "post/.a.b&AC4-c");
    EXPECT_EQ(maildir(in("INBOX.a/b", '.')), "post/.INBOX.a&AC8-b");
}

TEST_F(MailboxPathsOf, cannot_climb) {
    EXPECT_EQ(tree(in("../../x")), "post/_.._/_.._/x");
    EXPECT_EQ(tree(in("/etc")), "post/_/etc");
    EXPECT_EQ(tree(in("..", '/', "..")), "_.._/_.._");
    EXPECT_EQ(tree(in("a\\b:c", '.')), "post/a_b_c");
    for (const auto* name : {"", ".", "..", "../..", "./."}) {
        const auto path = maildir(in(name, name[0] == '.' && name[1] == 0 ? '.' : '/'));
        const auto last = path.substr(path.rfind('/') + 1);
        EXPECT_NE(last.find_first_not_of('.'), std::string::npos) << name;
        EXPECT_EQ(split(path, '/').size(), 2U) << name;
    }
}

TEST_F(MailboxPathsOf, are_those_of_one_mailbox_each) {
    EXPECT_EQ(tree(in("Work")), "post/Work");
    const auto other = tree(in("work"));
    EXPECT_TRUE(other.starts_with("post/work~")) << other;
    EXPECT_EQ(tree(in("work")), other);
    EXPECT_EQ(tree(in("work/x")), other + "/x");
    EXPECT_TRUE(tree(in("a/b", '.')).starts_with("post/a_b"));
    EXPECT_TRUE(tree(in("a:b", '.')).starts_with("post/a_b~"));
    auto wire = in("Work");
    wire.mailbox_raw = "another";
    EXPECT_TRUE(tree(wire).starts_with("post/Work~"));
}

TEST_F(MailboxPathsOf, do_not_meet_the_files_of_an_export) {
    EXPECT_EQ(tree(in("a.mbox")), "post/a.mbox_");
    EXPECT_EQ(tree(in("1-aa.EML/x")), "post/1-aa.EML_/x");
    EXPECT_EQ(tree(in("x", '/', "index.jsonl")), "index.jsonl_/x");
}

TEST_F(MailboxPathsOf, suit_every_file_system) {
    const std::string longest(2000, 'x');
    const auto path = tree(in(longest));
    EXPECT_LT(path.size(), 200U);
    EXPECT_NE(tree(in(longest + "y")), path);
    EXPECT_LT(maildir(in(longest)).size(), 200U);
    EXPECT_EQ(tree(in("NUL/com1.zip/console")), "post/_NUL/_com1.zip/console");
    EXPECT_EQ(tree(in("Ende./é/\xFF")), "post/Ende._/é/\xEF\xBF\xBD");
}

}  // namespace mailkeep::files
