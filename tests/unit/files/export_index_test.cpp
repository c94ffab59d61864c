// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/text.hpp"
#include "mailkeep/files/export_index.hpp"
#include "mailkeep/files/table_text.hpp"

namespace mailkeep::files {

namespace {

Placement placement() {
    Placement placement;
    placement.account_name = "post";
    placement.mailbox = "a/b";
    placement.delimiter = '/';
    placement.uid = 5;
    placement.uid_validity = 9;
    placement.message = {Digest::from_octets(std::string(digest_size, '\x1A')), 12, {}};
    placement.internal_date = {*parse_rfc3339("2026-11-03T04:05:06Z"), std::chrono::minutes{-210}};
    placement.flags = flags_from_text("\\Seen $Work");
    placement.flags.labels = {"\\Inbox", "two words"};
    return placement;
}

}  // namespace

TEST(ExportIndex, has_all_that_the_files_cannot_say) {
    const IndexLine line{"post/a/b.mbox", 46, 13, "a \"b\"\n", "=x", {}};
    std::string hex;
    for (int i = 0; i < 32; ++i) {
        hex += "1a";
    }
    EXPECT_EQ(to_json_line(placement(), line),
              R"({"path":"post/a/b.mbox","offset":46,"octets":13,"id":")" + hex +
                  R"(","size":12,"account":"post","mailbox":"a/b","delimiter":"/","uid":5,)"
                  R"("uid_validity":9,"flags":["\\Seen"],"keywords":["$Work"],)"
                  R"("labels":["\\Inbox","two words"],)"
                  R"("internal_date":"2026-11-03T00:35:06-03:30","gone_at":null,)"
                  R"("subject":"a \"b\"\u000a","from":"=x","date":null})"
                  "\n");
    EXPECT_EQ(to_csv_line(placement(), line),
              "post/a/b.mbox,46,13," + hex +
                  ",12,post,a/b,/,5,9,\\Seen,$Work,\\Inbox; two words,2026-11-03T00:35:06-03:30,,"
                  "\"a \"\"b\"\"\n\",'=x,\r\n");
}

TEST(ExportIndex, names_mailboxes_without_messages) {
    EXPECT_EQ(to_json_line(placement(), "post/a/b"),
              R"({"path":"post/a/b","account":"post","mailbox":"a/b","delimiter":"/"})"
              "\n");
    EXPECT_EQ(split(to_csv_line(placement(), "post/a/b"), ',').size(),
              split(csv_head(), ',').size());
}

TEST(TableText, is_valid_whatever_is_said) {
    EXPECT_EQ(json_text(std::string_view("\xFF\x01\\")), "\"\xEF\xBF\xBD\\u0001\\\\\"");
    EXPECT_EQ(csv_cell("+1"), "'+1");
    EXPECT_EQ(csv_cell("a,b"), "\"a,b\"");
}

}  // namespace mailkeep::files
