// SPDX-License-Identifier: Apache-2.0
// The worked example of FORMAT.md is what this program writes and reads, octet for octet.
#include "mailkeep/base/text.hpp"

#include "archive_fixture.hpp"
#include "frame.hpp"
#include "identity.hpp"
#include "journal.hpp"

namespace mailkeep::archive {
namespace {

const std::string format_file = std::string(MAILKEEP_SOURCE) + "/src/archive/FORMAT.md";
const std::string example_name = "journal/0000000001-000001.mkj";

std::string uuid_of_octets_from(int first) {
    std::string octets;
    for (int i = 0; i < 16; ++i) {
        octets.push_back(static_cast<char>(first + i));
    }
    return octets;
}

/// The text between the lines "```<name>" and "```".
std::string fenced(const std::string& name) {
    const auto text = octets_of(format_file);
    const auto fence = "\n```" + name + "\n";
    const auto begin = text.find(fence);
    if (begin == std::string::npos) {
        return "no fence " + name;
    }
    const auto from = begin + fence.size();
    return text.substr(from, text.find("\n```", from) + 1 - from);
}

/// The octets of a dump: on each line the offset, the octets in hex, perhaps '|' and a remark.
std::string octets_of_dump(const std::string& dump) {
    std::string octets;
    for (const auto line : split(dump, '\n')) {
        const auto words = split(line.substr(0, line.find('|')), ' ');
        for (std::size_t i = 1; i < words.size(); ++i) {
            octets += from_hex(words[i]).value_or("");
        }
    }
    return octets;
}

Batch example_batch() {
    Batch batch;
    const auto content_id = batch.add_message("Subject: hi\r\n\r\nHello.\r\n");
    batch.add_event(
        {.at = from_unix_ms(1'795'435'200'000),
         .run = RunId{1},
         .what = Seen{.account = AccountId{1},
                      .mailbox = "INBOX",
                      .uid_validity = 7,
                      .uid = 42,
                      .unique_id = {},
                      .content_id = content_id,
                      .internal_date = {from_unix_ms(1'795'431'600'000), std::chrono::minutes{60}},
                      .flags = flags_from_text("\\Seen $Forwarded")}});
    return batch;
}

class FormatTest : public ArchiveTest {};

TEST_F(FormatTest, example_is_what_is_written) {
    HastyDisk disk;
    const Reserve reserve(data());
    Journal journal(disk, reserve, data(),
                    {.archive_uuid = uuid_of_octets_from(0x10),
                     .file_uuid = uuid_of_octets_from(0x20),
                     .epoch = 1,
                     .n = 1,
                     .batch_before = 0},
                    DataKey());
    journal.start();
    const auto at = from_unix_ms(1'795'435'200'500);
    static_cast<void>(journal.append(example_batch(), 1, at, {}));
    EXPECT_EQ(to_hex(octets_of_dump(fenced("hexdump"))), to_hex(octets_of(data() / example_name)));
    EXPECT_EQ(fenced("ARCHIVE"), to_text(Identity{.uuid = uuid_of_octets_from(0x10),
                                                  .created = from_unix_ms(1'795'435'200'000)}));
}

TEST_F(FormatTest, example_can_be_read) {
    put_octets(data() / "ARCHIVE", fenced("ARCHIVE"));
    put_octets(data() / example_name, octets_of_dump(fenced("hexdump")));
    const auto archive = open(Access::read_only);
    EXPECT_EQ(archive.uuid(), "10111213-1415-1617-1819-1a1b1c1d1e1f");
    EXPECT_EQ(to_text(archive.verify(Depth::full).damaged), "");
    const auto batches = batches_of(archive);
    ASSERT_EQ(batches.size(), 1U);
    EXPECT_EQ(batches[0].events, example_batch().events());
    EXPECT_EQ(archive.get(batches[0].messages.at(0)), "Subject: hi\r\n\r\nHello.\r\n");
}

}  // namespace
}  // namespace mailkeep::archive
