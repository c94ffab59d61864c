// SPDX-License-Identifier: Apache-2.0
#include "pack_fixture.hpp"
#include "pack_reader.hpp"

#include <set>

namespace mailkeep::archive {
namespace {

/// A small pack of all that packs are made of: two blocks, a blob, events.
class PackReaderTest : public PackTest {
  protected:
    void make_small() {
        use_small_blocks();
        mails_ = {mail(1), mail(2), mail_with(noise(16'500, 1), 76, 3), prose(350, 2), mail(4)};
        name_ = make(mails_);
    }

    /// Which messages a reader of a damaged copy cannot give back, by place.
    [[nodiscard]] std::set<std::uint64_t> lost_in(const PackReader& damaged) const {
        std::set<std::uint64_t> lost;
        for (const auto& message : contents_) {
            if (read(damaged, message.stored_in(damaged.name())) != mails_[message.origin.place]) {
                lost.insert(message.origin.place);
            }
        }
        return lost;
    }

    /// Which messages need the frame that holds this octet.
    [[nodiscard]] std::set<std::uint64_t> users_of(const PackReader& pack, std::uint64_t at) const {
        std::set<std::uint64_t> users;
        for (const auto& frame : pack.index().frames) {
            if (at < frame.offset || at >= frame.end()) {
                continue;
            }
            for (const auto& message : contents_) {
                const bool has_blob = frame.type == FrameType::blob && !message.blobs.empty();
                if (message.frame == frame.offset || has_blob) {
                    users.insert(message.origin.place);
                }
            }
        }
        return users;
    }

    /// Flips one bit after another and expects each to be found, and those of every octet in turn
    /// to cost no more than the frame it stands in. Of the attachment's noise every 64th octet will
    /// do.
    void expect_flips_found(std::size_t bits) {
        const auto pack = open(name_);
        contents_ = *pack.contents();
        const auto blob = frame_of(pack, FrameType::blob);
        const auto octets = octets_of(data() / name_);
        put_octets(data() / "copy", octets);
        std::fstream copy(data() / "copy", std::ios::binary | std::ios::in | std::ios::out);
        for (std::size_t at = 0; at < octets.size(); ++at) {
            const bool is_noise = at > blob.offset + 100 && at < blob.end() - 100;
            for (std::size_t bit = at % 8; bit < at % 8 + bits; ++bit) {
                put(copy, at, static_cast<char>(octets[at] ^ 1 << bit % 8));
                const auto damaged = open("copy");
                EXPECT_FALSE(damaged.check_frames().empty()) << at;
                if (bit == at % 8) {
                    expect_losses(damaged, users_of(pack, at), at);
                }
            }
            put(copy, at, octets[at]);
            at += is_noise ? 63 : 0;
        }
        EXPECT_TRUE(open("copy").check_frames().empty());
    }

    void expect_losses(const PackReader& damaged, const std::set<std::uint64_t>& users,
                       std::size_t at) const {
        const auto lost = lost_in(damaged);
        EXPECT_TRUE(std::includes(users.begin(), users.end(), lost.begin(), lost.end())) << at;
        for (const auto& record : records_of(damaged)) {
            const auto place = record.origin.place;
            EXPECT_EQ(record.is_whole, !lost.contains(place)) << at;
            EXPECT_TRUE(!record.is_whole || record.message.content_id == sha256(mails_.at(place)));
        }
    }

    static std::uint64_t end_of_frame(const PackReader& pack, const PackedMessage& message) {
        for (const auto& frame : pack.index().frames) {
            if (frame.offset == message.frame) {
                return frame.end();
            }
        }
        return 0;
    }

    std::vector<std::string> mails_;
    std::vector<PackedMessage> contents_;
    std::string name_;

  private:
    static void put(std::fstream& file, std::size_t at, char octet) {
        file.seekp(static_cast<std::streamoff>(at));
        file.put(octet);
        file.flush();
    }
};

TEST_F(PackReaderTest, finds_every_flipped_bit_and_loses_one_frame_at_most) {
    make_small();
    expect_flips_found(8);
}

TEST_F(PackReaderTest, finds_a_flipped_bit_in_every_octet_of_an_encrypted_pack) {
    encrypt();
    make_small();
    expect_flips_found(1);
}

TEST_F(PackReaderTest, finds_messages_by_their_records_alone) {
    make_small();
    const auto pack = open(name_);
    const auto records = records_of(pack);
    ASSERT_EQ(records.size(), mails_.size());
    for (std::size_t i = 0; i < records.size(); ++i) {
        EXPECT_TRUE(records[i].is_whole);
        EXPECT_EQ(records[i].origin, (Origin{7, i}));
        EXPECT_EQ(records[i].message, (*pack.contents())[i].stored_in(name_));
    }
}

TEST_F(PackReaderTest, needs_no_index_and_no_seal) {
    for (const bool is_encrypted : {false, true}) {
        if (is_encrypted) {
            encrypt();
        }
        make_small();
        const auto whole = open(name_);
        auto octets = octets_of(data() / name_);
        const auto index = static_cast<std::ptrdiff_t>(whole.seal()->index);
        std::fill(octets.begin() + index, octets.end() - file_header_size, '\0');
        put_octets(data() / "copy", octets);
        const auto pack = open("copy");
        EXPECT_EQ(pack.damage(), "has a damaged SEAL");
        EXPECT_FALSE(pack.seal());
        EXPECT_EQ(pack.index().frames, whole.index().frames);
        EXPECT_EQ(pack.index().blobs, whole.index().blobs);
        ASSERT_EQ(records_of(pack).size(), mails_.size());
        for (const auto& record : records_of(pack)) {
            EXPECT_EQ(read(pack, record.message), mails_[record.origin.place]);
        }
    }
}

TEST_F(PackReaderTest, takes_the_index_when_only_the_seal_is_damaged) {
    make_small();
    const auto size = fs::file_size(data() / name_);
    const auto pack = open(copy_with(name_, size - file_header_size - 100, 1));
    EXPECT_EQ(pack.damage(), "has a damaged SEAL");
    EXPECT_EQ(pack.index(), open(name_).index());
    EXPECT_EQ(read_all(pack), mails_);
}

TEST_F(PackReaderTest, takes_the_group_from_the_seal_when_the_index_is_damaged) {
    make_small();
    const auto pack = open(copy_with(name_, open(name_).seal()->index + 40, 1));
    EXPECT_EQ(pack.damage(), "has a damaged INDEX");
    EXPECT_EQ(pack.index().group.uuid, a_group);
    EXPECT_EQ(read_all(pack), mails_);
    EXPECT_TRUE(pack.for_each_history([](const auto&) {}));
}

TEST_F(PackReaderTest, says_when_contents_or_history_are_incomplete) {
    make_small();
    const auto whole = open(name_);
    EXPECT_FALSE(
        open(copy_with(name_, frame_of(whole, FrameType::contents).offset + 40, 1)).contents());
    EXPECT_FALSE(open(copy_with(name_, frame_of(whole, FrameType::history).offset + 40, 1))
                     .for_each_history([](const auto&) {}));
}

TEST_F(PackReaderTest, reads_an_encrypted_pack_whose_first_octets_are_lost) {
    encrypt();
    make_small();
    const auto pack = open(copy_with(name_, 30, 1));
    EXPECT_EQ(pack.damage(), "has a damaged file header");
    EXPECT_EQ(read_all(pack), mails_);
}

TEST_F(PackReaderTest, finds_what_is_left_of_a_pack_cut_off_anywhere) {
    make_small();
    const auto octets = octets_of(data() / name_);
    const auto whole = open(name_);
    const auto contents = whole.contents();
    for (std::size_t size = 0; size < octets.size(); size += 1 + size / 100) {
        put_octets(data() / "copy", octets.substr(0, size));
        const auto pack = open("copy");
        EXPECT_NE(pack.damage(), "") << size;
        std::set<std::uint64_t> found;
        for (const auto& record : records_of(pack)) {
            EXPECT_EQ(read(pack, record.message),
                      record.is_whole ? mails_[record.origin.place] : " (damaged)")
                << size;
            found.insert(record.origin.place);
        }
        for (const auto& message : contents.value()) {
            EXPECT_EQ(found.contains(message.origin.place), end_of_frame(whole, message) <= size)
                << size;
        }
    }
}

TEST_F(PackReaderTest, takes_no_octets_of_a_long_message_for_records) {
    // Where the second frame begins there stands the likeness of a record.
    const std::string fake =
        encode(RecordHead{.origin = {1, 1}, .size = 1, .body = 2}) + std::string("\0X", 2);
    std::string text = "Subject: long\r\n\r\n";
    while (text.size() < chunk_size + 100'000) {
        text += fake;
    }
    const auto name = make({text, mail(2)});
    const auto first = frame_of(open(name), FrameType::records);
    const auto pack = open(copy_with(name, first.offset + 40, 1));
    const auto records = records_of(pack);
    ASSERT_EQ(records.size(), 1U);
    EXPECT_EQ(records[0].message.content_id, sha256(mail(2)));
}

TEST_F(PackReaderTest, names_a_long_message_that_cannot_be_rebuilt) {
    const auto name = make({prose(chunk_size + 99, 1), mail(2)});
    const auto first = frame_of(open(name), FrameType::records);
    const auto records = records_of(open(copy_with(name, first.end() + 40, 1)));
    ASSERT_EQ(records.size(), 2U);
    EXPECT_FALSE(records[0].is_whole);
    EXPECT_EQ(records[0].origin, (Origin{7, 0}));
    EXPECT_EQ(records[0].message.size, chunk_size + 99);
    EXPECT_TRUE(records[1].is_whole);
}

TEST_F(PackReaderTest, reads_many_messages_from_a_block_it_keeps) {
    for (const bool is_encrypted : {false, true}) {
        if (is_encrypted) {
            encrypt();
        }
        const std::vector<std::string> mails{mail(1), prose(chunk_size + 99, 1), mail(2),
                                             mail_with(noise(20'000, 1), 76, 3), ""};
        const auto pack = open(make(mails));
        const auto contents = pack.contents();
        DecodedBlock kept;
        for (const auto& message : contents.value()) {
            std::string octets;
            EXPECT_TRUE(pack.read(
                message.stored_in(pack.name()), no_packs,
                [&](std::string_view piece) { octets += piece; }, kept));
            EXPECT_EQ(octets, mails[message.origin.place]) << message.origin.place;
        }
    }
}

TEST_F(PackReaderTest, reads_part_of_a_blob) {
    const auto attachment = noise(chunk_size + 1'000, 1);
    const auto pack = open(make({mail_with(attachment, 76, 1)}));
    std::string octets;
    const auto sink = [&](std::string_view piece) { octets += piece; };
    EXPECT_TRUE(pack.read_blob(sha256(attachment), chunk_size - 10, 20, sink));
    EXPECT_EQ(octets, attachment.substr(chunk_size - 10, 20));
    EXPECT_FALSE(pack.read_blob(sha256(attachment), chunk_size, 1'001, sink));
    EXPECT_FALSE(pack.read_blob(sha256("none"), 0, 1, sink));
}

TEST_F(PackReaderTest, reads_nothing_from_a_place_where_no_message_stands) {
    make_small();
    const auto pack = open(name_);
    const auto message = (*pack.contents())[0].stored_in(name_);
    for (const std::uint64_t frame : {std::uint64_t{0}, std::uint64_t{65}, pack.seal()->index,
                                      pack.size(), ~std::uint64_t{0}}) {
        auto elsewhere = message;
        elsewhere.location.frame = frame;
        EXPECT_NE(read(pack, elsewhere), mails_[0]);
    }
    for (const std::uint64_t offset : {std::uint64_t{0}, std::uint64_t{2}, std::uint64_t{299},
                                       std::uint64_t{1} << 40, ~std::uint64_t{0}}) {
        auto elsewhere = message;
        elsewhere.location.offset = offset;
        EXPECT_NE(read(pack, elsewhere), mails_[0]);
    }
}

TEST_F(PackReaderTest, tells_a_pack_of_another_archive) {
    make_small();
    const PackReader pack(disk_, data(), name_, "another-archive.", {});
    EXPECT_EQ(pack.damage(), "belongs to another archive");
}

TEST_F(PackReaderTest, opens_what_is_not_there_and_what_is_no_pack) {
    EXPECT_NE(open("packs/none").damage(), "");
    put_octets(data() / "copy", noise(5'000, 1));
    EXPECT_NE(open("copy").damage(), "");
    EXPECT_TRUE(records_of(open("copy")).empty());
}

TEST_F(PackReaderTest, tells_damage_from_a_disk_that_cannot_read) {
    make_small();
    const auto pack = open(name_);
    const auto message = (*pack.contents())[0].stored_in(name_);
    EXPECT_FALSE(pack.has_failed());
    disk_.fail_every(FaultyDisk::Kind::read, EIO);
    EXPECT_NE(read(pack, message), mails_[0]);
    EXPECT_TRUE(pack.has_failed());
}

}  // namespace
}  // namespace mailkeep::archive
