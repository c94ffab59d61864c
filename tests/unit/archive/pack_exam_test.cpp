// SPDX-License-Identifier: Apache-2.0
// What a damaged pack costs: each message is named, also those of other packs that need what was
// lost.
#include "pack_reader.hpp"
#include "seal_fixture.hpp"

#include <set>

namespace mailkeep::archive {
namespace {

using Ids = std::set<ContentId>;

class PackExamTest : public SealTest {
  protected:
    /// Two packs; an attachment of the second stands in the first.
    void SetUp() override {
        add({mail_with_attachment(1, 7, 60'000), mail(1)});
        first_ = open(Access::read_only).packs().at(0).name;
        add({mail_with_attachment(2, 7, 60'000, 72), mail(2)});
        second_ = open(Access::read_only).packs().at(1).name;
    }

    void add(const std::vector<std::string>& mails) {
        auto archive = open();
        Batch batch;
        for (const auto& raw : mails) {
            ids_.push_back(batch.add_message(raw));
        }
        static_cast<void>(archive.commit(batch, noon));
        seal_all(archive);
    }

    /// All of the payload of the first frame of this type: of one that is not compressed, a flipped
    /// bit may cost nothing.
    void damage(const std::string& pack, FrameType type) {
        Disk disk;
        auto octets = octets_of(data() / pack);
        const auto header = decode_file_header(octets.substr(0, file_header_size)).value();
        const PackReader reader(disk, data(), pack, header.archive_uuid, {});
        for (const auto& frame : reader.index().frames) {
            if (frame.type == type) {
                for (std::size_t i = 0; i < frame.stored; ++i) {
                    octets.at(frame.offset + frame_header_size + i) ^= 1;
                }
                put_octets(data() / pack, octets);
                return;
            }
        }
        FAIL() << "no such frame";
    }

    static Ids named_in(const Verdict& verdict) {
        Ids ids;
        for (const auto& finding : verdict.damaged) {
            if (finding.message) {
                ids.insert(*finding.message);
            }
        }
        return ids;
    }

    [[nodiscard]] Verdict verdict(Depth depth) { return open(Access::read_only).verify(depth); }

    [[nodiscard]] Verdict verdict_of(const std::string& pack) {
        return open(Access::read_only).verify_pack(pack, [](auto) {});
    }

    std::string first_;
    std::string second_;
    std::vector<ContentId> ids_;  // of the attachment, then of the other mail, twice
};

TEST_F(PackExamTest, finds_nothing_wrong_with_whole_packs) {
    EXPECT_TRUE(verdict(Depth::quick).packs.empty());
    const auto full = verdict(Depth::full);
    ASSERT_EQ(full.packs.size(), 2U);
    EXPECT_EQ(full.packs[0].finding, "");
    for (const auto& name : {first_, second_}) {
        const auto alone = verdict_of(name);
        EXPECT_EQ(to_text(alone.damaged), "");
        EXPECT_EQ(alone.messages, 2U);
        EXPECT_EQ(alone.bytes, fs::file_size(data() / name));
        ASSERT_EQ(alone.packs.size(), 1U);
        EXPECT_EQ(alone.packs[0].affected, 0U);
    }
}

TEST_F(PackExamTest, names_messages_of_other_packs_that_need_a_lost_attachment) {
    damage(first_, FrameType::blob);
    for (const auto depth : {Depth::quick, Depth::full}) {
        const auto found = verdict(depth);
        EXPECT_EQ(named_in(found), (Ids{ids_[0], ids_[2]}));
        ASSERT_EQ(found.packs.size(), 2U);
        EXPECT_EQ(found.packs[0].affected, 1U);
        EXPECT_EQ(found.packs[1].affected, 1U);
    }
    EXPECT_EQ(named_in(verdict_of(first_)), Ids{ids_[0]});
    EXPECT_EQ(named_in(verdict_of(second_)), Ids{ids_[2]});
}

TEST_F(PackExamTest, names_messages_of_a_damaged_frame_and_leaves_whole_packs_alone) {
    damage(second_, FrameType::records);
    const auto quick = verdict(Depth::quick);
    EXPECT_EQ(named_in(quick), (Ids{ids_[2], ids_[3]}));
    ASSERT_EQ(quick.packs.size(), 1U);
    EXPECT_EQ(quick.packs[0].name, second_);
    EXPECT_EQ(quick.packs[0].affected, 2U);
    EXPECT_NE(quick.packs[0].finding.find("frame is damaged"), std::string::npos);
    EXPECT_EQ(named_in(verdict(Depth::full)), (Ids{ids_[2], ids_[3]}));
}

TEST_F(PackExamTest, rebuilds_what_stands_in_a_pack_without_a_list) {
    damage(second_, FrameType::contents);
    const auto quick = verdict(Depth::quick);
    EXPECT_FALSE(quick.damaged.empty());
    EXPECT_EQ(named_in(quick), Ids());
    ASSERT_EQ(quick.packs.size(), 1U);
    EXPECT_EQ(quick.packs[0].affected, 0U);
    damage(first_, FrameType::blob);
    const auto full = verdict(Depth::full);
    EXPECT_EQ(named_in(full), Ids{ids_[0]});
    EXPECT_NE(to_text(full.damaged).find("message 1 of batch 2 cannot be rebuilt"),
              std::string::npos);
}

TEST_F(PackExamTest, tells_of_a_pack_that_is_gone) {
    fs::remove(data() / second_);
    EXPECT_NE(to_text(verdict_of(second_).damaged).find("cannot be read"), std::string::npos);
}

}  // namespace
}  // namespace mailkeep::archive
