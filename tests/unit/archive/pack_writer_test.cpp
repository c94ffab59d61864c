// SPDX-License-Identifier: Apache-2.0
#include "pack_fixture.hpp"
#include "pack_writer.hpp"

namespace mailkeep::archive {
namespace {

using PackWriterTest = PackTest;

std::vector<std::string> some_mails() {
    const auto attachment = noise(20'000, 1);
    return {mail(1), mail_with(attachment, 76, 2), "", mail_with(attachment, 60, 4), mail(5)};
}

TEST_F(PackWriterTest, gives_every_message_back) {
    const auto mails = some_mails();
    const auto pack = open(make(mails));
    EXPECT_EQ(pack.damage(), "");
    EXPECT_EQ(read_all(pack), mails);
}

TEST_F(PackWriterTest, names_the_pack_by_the_digest_of_its_octets) {
    const auto name = make(some_mails());
    EXPECT_EQ(name, pack_name(sha256(octets_of(data() / name))));
    EXPECT_EQ(std::distance(fs::directory_iterator(data() / "packs"), {}), 1);
}

TEST_F(PackWriterTest, says_what_is_in_the_pack) {
    const auto mails = some_mails();
    const auto pack = open(make(mails));
    ASSERT_TRUE(pack.seal());
    EXPECT_EQ(pack.seal()->messages, 5U);
    EXPECT_EQ(pack.seal()->gone, 0U);
    EXPECT_EQ(pack.seal()->blobs, 1U);
    EXPECT_EQ(pack.seal()->octets, mails[0].size() * 2 + mails[1].size() + mails[3].size());
    EXPECT_EQ(pack.seal()->batches, (BatchRange{7, 7}));
    EXPECT_EQ(pack.seal()->history, (BatchRange{7, 7}));
    EXPECT_EQ(pack.seal()->epoch, 2U);
    EXPECT_EQ(pack.header().epoch, 3U);
    EXPECT_EQ(pack.index().group, end().group);
    const auto contents = pack.contents();
    ASSERT_TRUE(contents);
    for (std::size_t i = 0; i < mails.size(); ++i) {
        EXPECT_EQ(contents->at(i).content_id, sha256(mails[i]));
        EXPECT_EQ(contents->at(i).size, mails[i].size());
        EXPECT_EQ(contents->at(i).origin, (Origin{7, i}));
    }
    EXPECT_EQ(contents->at(1).blobs, std::vector{sha256(noise(20'000, 1))});
}

TEST_F(PackWriterTest, stores_an_attachment_once_under_whatever_wrapping) {
    const auto name = make(some_mails());
    EXPECT_LT(fs::file_size(data() / name), 21'500U);
}

TEST_F(PackWriterTest, stores_no_attachment_that_another_pack_holds) {
    const auto attachment = noise(20'000, 1);
    const auto first = open(make({mail_with(attachment, 76, 1)}));
    const FindBlob in_first = [&](const BlobId& id) {
        return first.find_blob(id) ? &first : nullptr;
    };
    const auto mails = std::vector{mail_with(attachment, 64, 2)};
    const auto name = make(
        mails, [&](const BlobId& id) { return first.find_blob(id).has_value(); }, in_first);
    const auto second = open(name);
    EXPECT_LT(second.size(), 1'500U);
    EXPECT_EQ(read_all(second, in_first), mails);
    EXPECT_NE(read_all(second), mails);
}

TEST_F(PackWriterTest, copies_a_blob_from_another_pack) {
    const auto attachment = noise(chunk_size + 1'000, 1);
    const auto first = open(make({mail_with(attachment, 76, 1)}));
    PackWriter writer(disk_, reserve_, plan());
    writer.copy_blob(first, sha256(attachment));
    writer.copy_blob(first, sha256(attachment));
    EXPECT_THROW(writer.copy_blob(first, sha256("none")), Error);
    const auto text = mail_with(attachment, 60, 2);
    writer.add_message(sha256(text), {8, 0}, text, holds_none);
    writer.close(end());
    writer.prove(no_packs);
    EXPECT_EQ(writer.made().seal.blobs, 1U);
    EXPECT_EQ(read_all(open(writer.temporary_name())), std::vector{text});
}

TEST_F(PackWriterTest, lets_a_message_go_on_over_several_frames) {
    const std::vector<std::string> mails{mail(1), prose(chunk_size + 12'345, 1), mail(2),
                                         prose(chunk_size, 2), mail(3)};
    const auto pack = open(make(mails));
    EXPECT_EQ(read_all(pack), mails);
    EXPECT_EQ(std::count_if(pack.index().frames.begin(), pack.index().frames.end(),
                            [](const auto& frame) { return frame.type == FrameType::records; }),
              1 + 2 + 1 + 2 + 1);
}

TEST_F(PackWriterTest, lets_messages_of_any_size_around_that_of_a_block_come_back) {
    use_small_blocks();
    std::vector<std::string> mails;
    for (std::size_t size = 270; size < 310; ++size) {
        mails.push_back(prose(size, static_cast<unsigned>(size)));
        mails.push_back(mail(static_cast<int>(size)));
    }
    EXPECT_EQ(read_all(open(make(mails))), mails);
}

TEST_F(PackWriterTest, cuts_a_large_attachment_into_chunks) {
    const std::vector<std::string> mails{mail_with(noise(chunk_size + 7, 1), 76, 1)};
    const auto pack = open(make(mails));
    EXPECT_EQ(read_all(pack), mails);
    EXPECT_EQ(pack.index().blobs.size(), 1U);
}

TEST_F(PackWriterTest, keeps_the_ids_of_messages_that_are_gone) {
    PackWriter writer(disk_, reserve_, plan());
    writer.add_gone(sha256("gone"), {4, 2}, 99);
    writer.add_message(sha256(mail(1)), {4, 3}, mail(1), holds_none);
    writer.close(end());
    writer.prove(no_packs);
    writer.publish();
    const auto pack = open(writer.made().name);
    EXPECT_EQ(pack.seal()->messages, 1U);
    EXPECT_EQ(pack.seal()->gone, 1U);
    const auto contents = pack.contents();
    ASSERT_TRUE(contents);
    EXPECT_FALSE(contents->at(0).is_gone());
    EXPECT_TRUE(contents->at(1).is_gone());
    EXPECT_EQ(contents->at(1).content_id, sha256("gone"));
    EXPECT_EQ(contents->at(1).origin, (Origin{4, 2}));
    EXPECT_EQ(contents->at(1).size, 99U);
}

TEST_F(PackWriterTest, keeps_batches_with_events_for_several_frames) {
    const auto record = std::string("\xE8\x03\0\0", 4) + std::string(1'000, '\xC8');
    std::string many;
    for (int i = 0; i < 2'500; ++i) {
        many += record;
    }
    const std::vector<HistoryBatch> batches{
        {commit_record(1), record}, {commit_record(2), many}, {commit_record(3), ""}};
    PackWriter writer(disk_, reserve_, plan());
    for (const auto& batch : batches) {
        writer.add_history(batch);
    }
    writer.close(end());
    writer.prove(no_packs);
    const auto pack = open(writer.temporary_name());
    std::vector<HistoryBatch> read;
    EXPECT_TRUE(pack.for_each_history([&](const HistoryBatch& batch) { read.push_back(batch); }));
    EXPECT_EQ(read, batches);
    EXPECT_EQ(pack.seal()->history, (BatchRange{1, 3}));
}

TEST_F(PackWriterTest, makes_a_pack_of_nothing) {
    PackWriter writer(disk_, reserve_, plan());
    writer.close(end());
    writer.prove(no_packs);
    EXPECT_EQ(open(writer.temporary_name()).contents(), std::vector<PackedMessage>());
}

TEST_F(PackWriterTest, removes_what_was_not_published) {
    {
        PackWriter writer(disk_, reserve_, plan());
        writer.add_message(sha256(mail(1)), {1, 0}, mail(1), holds_none);
        writer.close(end());
        EXPECT_TRUE(fs::exists(data() / writer.temporary_name()));
    }
    EXPECT_TRUE(fs::is_empty(data() / "packs"));
}

TEST_F(PackWriterTest, finds_an_octet_that_did_not_reach_the_disk) {
    PackWriter writer(disk_, reserve_, plan());
    disk_.flip_next_write();
    writer.add_message(sha256("x"), {1, 0}, "x", holds_none);
    writer.close(end());
    const auto error = error_of([&] { writer.prove(no_packs); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), Errc::corrupt);
}

TEST_F(PackWriterTest, does_not_prove_a_message_under_the_id_of_another) {
    PackWriter writer(disk_, reserve_, plan());
    writer.add_message(sha256("x"), {1, 0}, "y", holds_none);
    writer.close(end());
    EXPECT_THROW(writer.prove(no_packs), Error);
}

TEST_F(PackWriterTest, does_not_prove_a_message_whose_attachment_is_nowhere) {
    const auto text = mail_with(noise(20'000, 1), 76, 1);
    PackWriter writer(disk_, reserve_, plan());
    writer.add_message(sha256(text), {1, 0}, text, [](const BlobId&) { return true; });
    writer.close(end());
    EXPECT_THROW(writer.prove(no_packs), Error);
}

TEST_F(PackWriterTest, writes_as_much_as_an_awkward_disk_takes) {
    disk_.be_awkward();
    PackWriter writer(disk_, reserve_, plan());
    writer.add_message(sha256(mail(1)), {1, 0}, mail(1), holds_none);
    writer.close(end());
    writer.prove(no_packs);
    EXPECT_EQ(read_all(open(writer.temporary_name())), std::vector{mail(1)});
}

TEST_F(PackWriterTest, leaves_no_pack_when_any_call_to_the_disk_fails) {
    make({mail(1)});
    const auto calls = disk_.calls();
    fs::remove_all(data() / "packs");
    int failures = 0;
    for (int call = 1; call <= calls; ++call) {
        disk_.fail_at(disk_.calls() + call, EIO);
        const auto error = error_of([&] { make({mail(1)}); });
        disk_.heal();
        failures += error ? 1 : 0;
        // Only syncing the folders comes after the pack has got its name; then it is whole.
        for (const auto& entry : fs::recursive_directory_iterator(data() / "packs")) {
            const auto name = fs::relative(entry.path(), data()).string();
            if (digest_in(name)) {
                EXPECT_EQ(read_all(open(name)), std::vector{mail(1)}) << call;
            }
        }
        fs::remove_all(data() / "packs");
    }
    EXPECT_EQ(failures, calls);
}

TEST_F(PackWriterTest, encrypts_all_but_the_file_header) {
    encrypt();
    const auto attachment = std::string(20'000, 'A') + noise(3'000, 1);
    const std::vector<std::string> mails{mail(1), mail_with(attachment, 76, 2)};
    const auto name = make(mails);
    const auto octets = octets_of(data() / name);
    EXPECT_EQ(octets.find("message"), std::string::npos);
    EXPECT_EQ(octets.find(sha256(mail(1)).view()), std::string::npos);
    EXPECT_EQ(octets.find(a_group), std::string::npos);
    EXPECT_EQ(read_all(open(name)), mails);
    EXPECT_EQ(open(name, {}).damage(), "is encrypted");
    EXPECT_NE(open(name, DataKey(std::string(32, 'x'))).damage(), "");
    EXPECT_TRUE(records_of(open(name, DataKey(std::string(32, 'x')))).empty());
}

}  // namespace
}  // namespace mailkeep::archive
