// SPDX-License-Identifier: Apache-2.0
// What can be read out of one file that is all there is.
#include "mailkeep/archive/salvage.hpp"

#include "archive_fixture.hpp"
#include "frame.hpp"

#include <set>

namespace mailkeep::archive {
namespace {

class SalvageTest : public ArchiveTest {
  protected:
    void SetUp() override {
        commit(1, 3);
        whole_ = octets_of(journals(data()).at(0));
    }

    Salvaged salvage_octets(const std::string& octets) {
        const auto path = elsewhere_ / "broken";
        fs::remove(path);
        put_octets(path, octets);
        found_.clear();
        return salvage(path, {}, [&](const ContentId& content_id, std::string_view raw) {
            EXPECT_EQ(sha256(raw), content_id);
            found_.insert(std::string(raw));
        });
    }

    std::string whole_;
    std::set<std::string> found_;
    test::TempDir elsewhere_;
};

TEST_F(SalvageTest, all_messages_of_a_whole_journal) {
    const auto done = salvage_octets(whole_);
    EXPECT_EQ(done.messages, 3U);
    EXPECT_EQ(to_text(done.unread), "");
    EXPECT_EQ(found_, (std::set<std::string>{mail(1), mail(2), mail(3)}));
}

TEST_F(SalvageTest, needs_no_file_header) {
    EXPECT_EQ(salvage_octets(std::string(64, '\0') + whole_.substr(64)).messages, 3U);
}

TEST_F(SalvageTest, octets_put_in_between_move_frames_and_lose_none) {
    auto moved = whole_;
    moved.insert(file_header_size, std::string(4096, '\0'));
    const auto done = salvage_octets(moved);
    EXPECT_EQ(found_, (std::set<std::string>{mail(1), mail(2), mail(3)}));
    EXPECT_EQ(done.unread.size(), 1U);
}

TEST_F(SalvageTest, a_damaged_frame_costs_its_messages_and_is_told) {
    auto damaged = whole_;
    damaged[file_header_size + frame_header_size] ^= 1;
    const auto done = salvage_octets(damaged);
    EXPECT_EQ(found_, (std::set<std::string>{mail(2), mail(3)}));
    EXPECT_NE(to_text(done.unread).find(sha256(mail(1)).hex()), std::string::npos);
}

TEST_F(SalvageTest, messages_whose_list_is_lost_are_given_in_one_piece) {
    auto damaged = whole_;
    const auto list = file_header_size + mail(1).size() + frame_overhead;
    damaged[list + frame_header_size] ^= 1;
    const auto done = salvage_octets(damaged);
    EXPECT_EQ(found_, (std::set<std::string>{mail(1), mail(2), mail(3)}));
    EXPECT_FALSE(done.unread.empty());
}

TEST_F(SalvageTest, survives_truncation_at_any_octet) {
    for (std::size_t size = 0; size < whole_.size(); size += 3) {
        static_cast<void>(salvage_octets(whole_.substr(0, size)));
        EXPECT_LE(found_.size(), 3U) << size;
    }
    EXPECT_TRUE(error_of(
        [&] { static_cast<void>(salvage(elsewhere_ / "no", {}, [](const auto&, auto) {})); }));
}

}  // namespace
}  // namespace mailkeep::archive
