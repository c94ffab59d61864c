// SPDX-License-Identifier: Apache-2.0
// The worked examples of FORMAT.md are what this program writes and reads, octet for octet.
#include "mailkeep/base/text.hpp"

#include "archive_fixture.hpp"
#include "event_codec.hpp"
#include "event_places.hpp"
#include "frame.hpp"
#include "identity.hpp"
#include "journal.hpp"
#include "pack_writer.hpp"
#include "segments.hpp"

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

/// The events of the example as they stand in a pack, with the COMMIT that the journal has for
/// them.
HistoryBatch example_history() {
    const auto journal = octets_of_dump(fenced("hexdump"));
    const auto commit =
        std::string_view(journal).substr(journal.size() - tag_size - commit_payload_size);
    return {decode_commit(commit.substr(0, commit_payload_size)).value(),
            shorten_ids(encode(example_batch().events()[0]), [](const ContentId&) {
                return std::optional<std::uint64_t>(0);
            }).value()};
}

TEST_F(FormatTest, example_of_a_pack_is_what_is_written) {
    HastyDisk disk;
    const Reserve reserve(data());
    PackWriter writer(disk, reserve,
                      {.data = data(),
                       .archive_uuid = uuid_of_octets_from(0x10),
                       .epoch = 2,
                       .file_uuid = uuid_of_octets_from(0x30)});
    const auto batch = example_batch();
    writer.add_message(batch.messages()[0].content_id, {1, 0}, batch.messages()[0].raw,
                       [](const BlobId&) { return false; });
    writer.add_history(example_history());
    writer.close({.group = {.uuid = uuid_of_octets_from(0x40), .is_closed = true},
                  .epoch = 1,
                  .at = from_unix_ms(1'795'521'600'000),
                  .zstd = 10'504});
    writer.publish();
    EXPECT_EQ(to_hex(octets_of_dump(fenced("packdump"))),
              to_hex(octets_of(data() / writer.made().name)));
    EXPECT_NE(octets_of(format_file).find(writer.made().name), std::string::npos);
}

TEST_F(FormatTest, example_of_a_pack_can_be_read) {
    HastyDisk disk;
    put_octets(data() / "pack", octets_of_dump(fenced("packdump")));
    const PackReader pack(disk, data(), "pack", uuid_of_octets_from(0x10), DataKey());
    EXPECT_TRUE(pack.check_frames().empty());
    const auto contents = pack.contents();
    ASSERT_TRUE(contents && contents->size() == 1);
    std::string octets;
    EXPECT_TRUE(pack.read((*contents)[0].stored_in("pack"),
                          [](const BlobId&) -> const PackReader* { return nullptr; },
                          [&](std::string_view piece) { octets += piece; }));
    EXPECT_EQ(octets, "Subject: hi\r\n\r\nHello.\r\n");
    EXPECT_TRUE(pack.for_each_history(
        [](const HistoryBatch& batch) { EXPECT_EQ(batch, example_history()); }));
}

TEST_F(FormatTest, example_of_a_record_is_what_is_written) {
    const std::string mail =
        "Content-Transfer-Encoding: base64\r\n\r\n"
        "VGhlIHF1aWNrIGJyb3duIGZveCBqdW1w\r\n"
        "cyBvdmVyIHRoZSBsYXp5IGRvZy4=\r\n";
    const TakenApart apart(mail);
    std::string body;
    put_recipe(body, apart.recipe());
    apart.for_each_data([&](std::string_view piece) { body += piece; });
    const auto head = encode(RecordHead{{2, 0}, mail.size(), body.size()});
    EXPECT_EQ(to_hex(octets_of_dump(fenced("record"))), to_hex(head + body));
}

}  // namespace
}  // namespace mailkeep::archive
