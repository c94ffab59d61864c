// SPDX-License-Identifier: Apache-2.0
// The log as a whole: it grows with the archive, proves what is in it, survives a crash at any
// call, and finds every way in which it or its archive can be tampered with.
#include "mailkeep/archive/log.hpp"
#include "mailkeep/base/signature.hpp"
#include "mailkeep/base/text.hpp"

#include "checkpoint.hpp"
#include "event_codec.hpp"
#include "log_entries.hpp"
#include "merkle.hpp"
#include "seal_fixture.hpp"
#include "tiles.hpp"

namespace mailkeep::archive {
namespace {

/// One message and so many events: many entries in few frames.
Batch long_batch(int number, Uid events) {
    Batch batch;
    const auto content_id = batch.add_message(mail(number));
    for (Uid uid = 1; uid <= events; ++uid) {
        batch.add_event(seen(content_id, uid));
    }
    return batch;
}

class LogTest : public ArchiveTest {
  protected:
    void commit_long(int number, Uid events) {
        static_cast<void>(open().commit(long_batch(number, events), noon));
    }

    /// Lets the log catch up with the archive as it is.
    Checkpoint sign() { return sign(data(), disk_); }

    static Checkpoint sign(const fs::path& data, Disk& disk) {
        const Archive archive(data, Access::read_write, disk);
        Log log(archive, disk);
        log.catch_up(noon);
        return log.newest().value();
    }

    /// Batches first to last, each signed by itself.
    void commit_and_sign(int first, int last) {
        for (int number = first; number <= last; ++number) {
            commit(number, number);
            static_cast<void>(sign());
        }
    }

    std::string findings() {
        const auto archive = open(Access::read_only);
        const Log log(archive, disk_);
        auto verdict = log.check();
        if (verdict.damaged.empty()) {
            verdict.damaged = log.compare(Depth::full);
        }
        return to_text(verdict.damaged);
    }

    std::string notes() {
        const auto archive = open(Access::read_only);
        return to_text(Log(archive, disk_).check().notes);
    }

    [[nodiscard]] fs::path in_log(const std::string& name) const { return data() / "log" / name; }

    void flip(const fs::path& path, std::size_t at) {
        auto octets = octets_of(path);
        octets.at(at) = static_cast<char>(octets.at(at) ^ 1);
        put_octets(path, octets);
    }

    /// Makes the log anew, a checkpoint for each batch, as if this entry had been another one.
    void record_otherwise(std::uint64_t entry) {
        static_cast<void>(sign());
        fs::remove_all(in_log("tile"));
        other_entry_ = entry;
        const Reserve reserve(data());
        Tiles none(disk_, data() / "log", 0);
        TileWriter writer(disk_, reserve, none, data() / "log");
        RunningRoot root;
        std::string notes;
        std::string newest;
        const auto key = *from_hex(trim(octets_of(data() / "keys/log.key")).substr(6));
        const auto archive = open(Access::read_only);
        for (const auto& batch : batches_of(archive)) {
            for (const auto& hash : recorded(batch, root.size())) {
                writer.add(hash);
                root.add(hash);
            }
            newest = sign_checkpoint({root.size(), root.root(), batch.number, noon, {}},
                                     log_origin(archive.uuid()), key)
                         .note;
            notes += newest;
        }
        writer.finish();
        put_octets(in_log("checkpoint"), newest);
        put_octets(in_log("checkpoints/000000"), notes);
    }

    /// The hashes of a batch whose entries begin at `place`.
    std::vector<Digest> recorded(const CommittedBatch& batch, std::uint64_t place) const {
        auto hashes = entry_hashes(batch).value();
        for (auto& hash : hashes) {
            hash = place++ == other_entry_ ? leaf_hash("another") : hash;
        }
        return hashes;
    }

    /// As versions did that kept every leaf.
    void keep_full_tiles() {
        std::string hashes;
        for (const auto& batch : batches_of(open(Access::read_only))) {
            for (const auto& hash : recorded(batch, hashes.size() / hash_size)) {
                hashes += hash.view();
            }
        }
        constexpr auto size = tile_width * hash_size;
        fs::create_directories(in_log("tile/0"));
        for (std::uint64_t number = 0; (number + 1) * size <= hashes.size(); ++number) {
            put_octets(in_log(tile_path(0, number, tile_width)),
                       hashes.substr(number * size, size));
        }
    }

    /// Seals all, and leaves these messages out.
    void compact(const std::set<ContentId>& dead) {
        auto archive = open();
        seal_all(archive);
        for (;;) {
            const auto made = archive.compact({.dead = dead, .now = noon}, {});
            if (made.is_empty()) {
                return;
            }
            archive.retire(made);
        }
    }

    /// Growing the log and what goes with it.
    void expect_good_after_failure_at_any_call() {
        const auto grow = [](const fs::path& data, FaultyDisk& disk, int failing_call) {
            const Archive archive(data, Access::read_write, disk);
            static_cast<void>(archive.last_batch());
            const auto before = disk.calls();
            disk.fail_at(failing_call == 0 ? 0 : before + failing_call, EIO);
            Log log(archive, disk);
            static_cast<void>(error_of([&] { log.catch_up(noon); }));
            return disk.calls() - before;
        };
        const test::TempDir undisturbed;
        FaultyDisk counting;
        const auto calls = grow(copy_to(undisturbed), counting, 0);
        const auto expected = sign(undisturbed / "data", disk_);
        ASSERT_GT(calls, 20);
        const auto first = counting.calls() - calls;
        for (int call = 1; call <= calls; ++call) {
            if (counting.log().at(static_cast<std::size_t>(first + call - 1)) ==
                FaultyDisk::Kind::read) {
                continue;  // changes nothing on the disk
            }
            const test::TempDir folder;
            const auto copy = copy_to(folder);
            FaultyDisk disk;
            grow(copy, disk, call);
            const auto checkpoint = sign(copy, disk_);
            ASSERT_EQ(checkpoint.root, expected.root) << call;
            const Archive archive(copy, Access::read_only);
            const Log log(archive);
            ASSERT_EQ(to_text(log.check().damaged), "") << call;
            ASSERT_EQ(to_text(log.compare(Depth::full)), "") << call;
            ASSERT_EQ(log.checkpoints().size(), 2U) << call;
            ASSERT_TRUE(full_leaf_tiles(copy / "log").empty()) << call;
        }
    }

    HastyDisk disk_;
    std::uint64_t other_entry_ = UINT64_MAX;
};

TEST_F(LogTest, of_an_empty_archive_is_empty) {
    const auto archive = open();
    Log log(archive, disk_);
    log.catch_up(noon);
    EXPECT_EQ(log.newest(), std::nullopt);
    EXPECT_EQ(log.check().entries, 0U);
    EXPECT_EQ(findings(), "");
    const auto failure = error_of([&] { static_cast<void>(log.prove(sha256(mail(1)))); });
    EXPECT_EQ(failure->code(), Errc::not_found);
}

TEST_F(LogTest, holds_messages_events_and_batches_in_their_order) {
    commit(1, 2);
    const auto checkpoint = sign();
    EXPECT_EQ(checkpoint.size, 6U);
    EXPECT_EQ(checkpoint.covers, 2U);
    RunningRoot root;
    for (const auto& batch : batches_of(open(Access::read_only))) {
        root.add(leaf_hash("mailkeep message " + batch.messages.at(0).content_id.hex() + "\n"));
        root.add(leaf_hash(event_entry(encode(batch.events.at(0)))));
        root.add(leaf_hash("mailkeep batch " + std::to_string(batch.number) +
                           " at 2026-11-23T12:00:00Z digest " + batch.digest.hex() + "\n"));
        EXPECT_NE(batch.digest, Digest{});
    }
    EXPECT_EQ(checkpoint.root, root.root());
    EXPECT_EQ(findings(), "");
}

TEST_F(LogTest, signs_nothing_anew_when_nothing_is_new) {
    commit(1, 1);
    const auto before = sign();
    EXPECT_EQ(sign().note, before.note);
    const auto archive = open(Access::read_only);
    EXPECT_EQ(Log(archive).checkpoints().size(), 1U);
}

TEST_F(LogTest, proves_every_message_over_many_tiles_and_checkpoints) {
    for (int number = 1; number <= 5; ++number) {
        commit_long(number, 178);
        static_cast<void>(sign());
    }
    EXPECT_EQ(findings(), "");
    EXPECT_TRUE(fs::exists(in_log("tile/0/003.p/132")));
    EXPECT_TRUE(fs::exists(in_log("tile/1/000.p/3")));
    EXPECT_EQ(files_in(in_log("tile")).size(), 2U);
    const auto archive = open(Access::read_only);
    const Log log(archive, disk_);
    for (int number = 1; number <= 5; ++number) {
        const auto proof = log.prove(sha256(mail(number)));
        EXPECT_EQ(proof.index, static_cast<std::uint64_t>(180 * (number - 1)));
        EXPECT_TRUE(is_included(leaf_hash(proof.entry), proof.index, proof.checkpoint.size,
                                proof.path, proof.checkpoint.root));
    }
    EXPECT_EQ(log.checkpoints().size(), 5U);
    for (const auto& earlier : log.checkpoints()) {
        EXPECT_EQ(to_text(log.compare_with(earlier.note)), "");
    }
}

TEST_F(LogTest, keeps_more_checkpoints_than_a_volume_holds) {
    commit_and_sign(1, 70);
    EXPECT_EQ(findings(), "");
    EXPECT_TRUE(fs::exists(in_log("checkpoints/000001")));
    const auto archive = open(Access::read_only);
    EXPECT_EQ(Log(archive).checkpoints().size(), 70U);
    fs::remove(in_log("checkpoints/000000"));
    EXPECT_THAT(findings(), testing::HasSubstr("log checkpoint 64: is missing"));
}

TEST_F(LogTest, that_fails_at_any_call_is_made_good_by_the_next) {
    commit_long(1, 250);
    static_cast<void>(sign());
    commit_long(2, 10);
    expect_good_after_failure_at_any_call();
}

TEST_F(LogTest, that_fails_at_any_call_while_full_tiles_go_is_made_good_by_the_next) {
    commit_long(1, 598);
    static_cast<void>(sign());
    keep_full_tiles();
    commit_long(2, 10);
    expect_good_after_failure_at_any_call();
}

TEST_F(LogTest, finds_a_hash_that_was_changed) {
    commit_long(1, 298);
    static_cast<void>(sign());
    flip(in_log("tile/0/001.p/44"), 0);
    EXPECT_EQ(findings(), "log entries 0 to 299: are not those that checkpoint 1 signed\n");
    flip(in_log("tile/0/001.p/44"), 0);
    flip(in_log("tile/1/000.p/1"), 0);
    EXPECT_EQ(findings(), "log entries 0 to 299: are not those that checkpoint 1 signed\n");
    flip(in_log("tile/1/000.p/1"), 0);
    EXPECT_EQ(findings(), "");
}

TEST_F(LogTest, finds_a_hash_that_was_changed_in_a_tile_kept_by_an_earlier_version) {
    commit_long(1, 298);
    static_cast<void>(sign());
    keep_full_tiles();
    EXPECT_EQ(findings(), "");
    flip(in_log("tile/0/000"), 32 * 10);
    EXPECT_THAT(findings(), testing::HasSubstr("log/tile/0/000: does not fit the tile above it"));
}

TEST_F(LogTest, finds_an_entry_that_was_taken_out_or_put_in) {
    commit_and_sign(1, 2);
    commit_and_sign(3, 3);
    const auto path = in_log("tile/0/000.p/9");
    const auto whole = octets_of(path);
    put_octets(path, whole.substr(0, 32) + whole.substr(64));
    EXPECT_EQ(findings(), "log/tile/0/000.p/9: is missing or damaged\n");
    put_octets(path, whole.substr(0, 32) + whole.substr(64) + std::string(32, 'x'));
    EXPECT_EQ(findings(), "log entries 0 to 2: are not those that checkpoint 1 signed\n");
    put_octets(path, whole.substr(0, 4 * 32) + std::string(32, 'x') + whole.substr(4 * 32, 4 * 32));
    EXPECT_EQ(findings(), "log entries 3 to 5: are not those that checkpoint 2 signed\n");
}

TEST_F(LogTest, finds_every_torn_tile) {
    commit_and_sign(1, 3);
    const auto path = in_log("tile/0/000.p/9");
    const auto whole = octets_of(path);
    const auto archive = open(Access::read_only);
    const Log log(archive, disk_);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        put_octets(path, whole.substr(0, size));
        ASSERT_EQ(to_text(log.check().damaged), "log/tile/0/000.p/9: is missing or damaged\n");
    }
}

TEST_F(LogTest, finds_a_checkpoint_that_was_rolled_back) {
    commit_and_sign(1, 1);
    const auto first = octets_of(in_log("checkpoint"));
    const auto first_history = octets_of(in_log("checkpoints/000000"));
    commit_and_sign(2, 3);
    const auto newest = octets_of(in_log("checkpoint"));
    put_octets(in_log("checkpoint"), first);
    EXPECT_THAT(findings(), testing::HasSubstr("one of them was rolled back"));
    put_octets(in_log("checkpoint"), newest);
    put_octets(in_log("checkpoints/000000"), first_history);
    EXPECT_THAT(findings(), testing::HasSubstr("one of them was rolled back"));
    // Both: the log alone cannot tell from one that lags; whoever kept a checkpoint can.
    put_octets(in_log("checkpoint"), first);
    EXPECT_EQ(findings(), "");
    const auto archive = open(Access::read_only);
    EXPECT_THAT(to_text(Log(archive).compare_with(newest)),
                testing::HasSubstr("an older copy was put back"));
}

TEST_F(LogTest, finds_a_time_stamp_whose_checkpoint_was_rolled_back) {
    commit_and_sign(1, 1);
    const auto first = octets_of(in_log("checkpoint"));
    commit_and_sign(2, 2);
    {
        const auto archive = open();
        Log log(archive, disk_);
        log.keep_stamp(*log.newest(), "answer", "certificates");
        EXPECT_EQ(log.stamp(*log.newest()), "answer");
        EXPECT_EQ(error_of([&] { log.keep_stamp(*log.newest(), "x", "y"); })->code(),
                  Errc::conflict);
    }
    EXPECT_EQ(findings(), "log/stamps/6.tsr: does not hold: this is no time stamp response\n");
    put_octets(in_log("checkpoint"), first);
    put_octets(in_log("checkpoints/000000"), first);
    EXPECT_THAT(findings(), testing::HasSubstr("log/stamps/6.tsr: is the stamp of a checkpoint "
                                               "that is no more"));
}

TEST_F(LogTest, finds_a_checkpoint_with_any_bit_flipped) {
    commit_and_sign(1, 2);
    const auto size = fs::file_size(in_log("checkpoints/000000"));
    const auto archive = open(Access::read_only);
    const Log log(archive, disk_);
    for (std::size_t at = 0; at < size; ++at) {
        flip(in_log("checkpoints/000000"), at);
        ASSERT_NE(to_text(log.check().damaged), "") << at;
        flip(in_log("checkpoints/000000"), at);
    }
    EXPECT_EQ(findings(), "");
}

TEST_F(LogTest, shows_the_newest_checkpoint_again_after_a_crash) {
    commit_and_sign(1, 1);
    const auto first = octets_of(in_log("checkpoint"));
    commit_and_sign(2, 2);
    const auto newest = octets_of(in_log("checkpoint"));
    put_octets(in_log("checkpoint"), first);
    EXPECT_EQ(findings(), "");
    EXPECT_THAT(notes(), testing::HasSubstr("the next run shows it"));
    static_cast<void>(sign());
    EXPECT_EQ(octets_of(in_log("checkpoint")), newest);
    EXPECT_EQ(notes(), "");
}

TEST_F(LogTest, finds_an_older_copy_of_the_archive) {
    commit_and_sign(1, 2);
    const test::TempDir folder;
    const auto older = copy_to(folder);
    commit_and_sign(3, 4);
    fs::remove_all(data() / "journal");
    fs::copy(older / "journal", data() / "journal", fs::copy_options::recursive);
    EXPECT_EQ(findings(),
              "archive: ends at batch 2, but the log covers batch 4: an older copy was put back\n");
    const auto archive = open();
    Log log(archive, disk_);
    EXPECT_EQ(error_of([&] { log.catch_up(noon); })->code(), Errc::corrupt);
}

TEST_F(LogTest, finds_another_history) {
    const test::TempDir folder;
    const auto other = copy_to(folder);
    commit_and_sign(1, 3);
    {
        Archive archive(other, Access::read_write, disk_);
        for (int number = 1; number <= 3; ++number) {
            static_cast<void>(archive.commit(batch_of(number == 2 ? 22 : number), noon));
        }
    }
    fs::remove_all(data() / "journal");
    fs::copy(other / "journal", data() / "journal", fs::copy_options::recursive);
    EXPECT_THAT(findings(), testing::HasSubstr("batch 2: is not the one that the log recorded"));
}

TEST_F(LogTest, refuses_a_checkpoint_of_another_key) {
    commit_and_sign(1, 1);
    const auto archive = open(Access::read_only);
    const Log log(archive, disk_);
    auto forged = *log.newest();
    forged = sign_checkpoint(forged, "mailkeep/" + archive.uuid(), make_signing_key());
    EXPECT_EQ(error_of([&] { static_cast<void>(log.compare_with(forged.note)); })->code(),
              Errc::invalid);
    put_octets(in_log("checkpoint"), forged.note);
    put_octets(in_log("checkpoints/000000"), forged.note);
    EXPECT_THAT(findings(), testing::HasSubstr("not signed by log/public-key.pem"));
}

TEST_F(LogTest, whose_tree_was_replaced_does_not_go_on_from_a_checkpoint_kept_elsewhere) {
    const test::TempDir folder;
    const auto other = copy_to(folder);
    commit_and_sign(1, 2);
    const auto kept = octets_of(in_log("checkpoint"));
    {
        fs::copy(data() / "keys", other / "keys", fs::copy_options::recursive);
        Archive archive(other, Access::read_write, disk_);
        for (int number = 11; number <= 14; ++number) {
            static_cast<void>(archive.commit(batch_of(number), noon));
        }
    }
    static_cast<void>(sign(other, disk_));
    const Archive archive(other, Access::read_only);
    const Log log(archive);
    EXPECT_EQ(to_text(log.check().damaged), "");
    EXPECT_THAT(to_text(log.compare_with(kept)),
                testing::HasSubstr("entries before that moment were changed"));
}

TEST_F(LogTest, does_not_grow_without_its_key_and_says_so) {
    commit_and_sign(1, 1);
    fs::remove(data() / "keys/log.key");
    commit(2, 2);
    const auto archive = open();
    Log log(archive, disk_);
    EXPECT_EQ(error_of([&] { log.catch_up(noon); })->code(), Errc::invalid);
    EXPECT_EQ(findings(), "");
    EXPECT_THAT(notes(), testing::HasSubstr("keys/log.key: is missing"));
}

TEST_F(LogTest, keeps_its_key_sealed_where_the_archive_is_encrypted) {
    const test::TempDir folder;
    const DataKey key(std::string(DataKey::size, 'k'));
    Archive::create(folder / "data", key);
    Archive archive(folder / "data", Access::read_write, disk_, key);
    static_cast<void>(archive.commit(batch_of(1), noon));
    Log log(archive, disk_);
    log.catch_up(noon);
    const auto path = folder / "data" / "keys" / "log.key";
    EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_read | fs::perms::owner_write);
    const auto text = octets_of(path);
    EXPECT_TRUE(text.starts_with("sealed "));
    EXPECT_EQ(to_text(log.check().notes), "");
    EXPECT_EQ(to_text(log.compare(Depth::full)), "");
    put_octets(path, text.substr(0, text.size() - 3) + "00\n");
    EXPECT_THAT(to_text(log.check().notes), testing::HasSubstr("sealed under another key"));
}

TEST_F(LogTest, allows_messages_to_be_missing_only_when_they_expired) {
    commit_long(1, 298);
    commit_long(2, 298);
    static_cast<void>(sign());
    compact({sha256(mail(1))});
    EXPECT_EQ(findings(),
              "log entry 0: stands in the log, but neither in the archive nor among what has "
              "expired\n");
    Batch batch;
    batch.add_event({.at = noon, .run = {}, .what = Expired{.content_id = sha256(mail(1))}});
    static_cast<void>(open().commit(batch, noon));
    EXPECT_EQ(findings(), "");
    static_cast<void>(sign());
    EXPECT_EQ(findings(), "");
}

TEST_F(LogTest, proves_messages_in_packs_and_such_that_are_gone) {
    for (int number = 1; number <= 4; ++number) {
        commit_long(number, 100);
    }
    static_cast<void>(sign());
    compact({sha256(mail(1)), sha256(mail(3))});
    commit_long(5, 100);
    const auto checkpoint = sign();
    const auto archive = open(Access::read_only);
    EXPECT_EQ(mails_in(archive).size(), 3U);
    const Log log(archive, disk_);
    for (int number = 1; number <= 5; ++number) {
        const auto proof = log.prove(sha256(mail(number)));
        EXPECT_EQ(proof.index, static_cast<std::uint64_t>(102 * (number - 1)));
        EXPECT_TRUE(is_included(leaf_hash(proof.entry), proof.index, checkpoint.size, proof.path,
                                checkpoint.root));
    }
}

TEST_F(LogTest, grows_over_messages_that_are_gone_as_if_it_had_not_lagged) {
    commit_long(1, 298);
    commit_long(2, 298);
    const test::TempDir folder;
    const auto expected = [&] {
        const auto copy = copy_to(folder);
        return sign(copy, disk_).root;
    }();
    compact({sha256(mail(1))});
    EXPECT_EQ(sign().root, expected);
}

TEST_F(LogTest, proves_the_rest_where_the_archive_gives_other_entries) {
    for (int number = 1; number <= 4; ++number) {
        commit_long(number, 254);
    }
    record_otherwise(300);
    EXPECT_EQ(findings(),
              "log entries 256 to 511: are not what batches 2 to 2 of the archive "
              "give\n");
    const auto archive = open(Access::read_only);
    const Log log(archive, disk_);
    for (const int number : {1, 3, 4}) {
        EXPECT_EQ(log.prove(sha256(mail(number))).index,
                  static_cast<std::uint64_t>(256 * (number - 1)));
    }
    const auto failure = error_of([&] { static_cast<void>(log.prove(sha256(mail(2)))); });
    EXPECT_EQ(failure->code(), Errc::corrupt);
    EXPECT_THAT(failure->what(), testing::HasSubstr("log entries 256 to 511"));
}

TEST_F(LogTest, looks_at_entries_only_when_asked_to) {
    for (int number = 1; number <= 4; ++number) {
        commit_long(number, 254);
    }
    record_otherwise(300);
    const auto archive = open(Access::read_only);
    const Log log(archive, disk_);
    EXPECT_EQ(to_text(log.check().damaged), "");
    EXPECT_EQ(to_text(log.compare(Depth::quick)), "");
    EXPECT_NE(to_text(log.compare(Depth::full)), "");
}

TEST_F(LogTest, takes_away_full_tiles_that_an_earlier_version_kept) {
    commit_long(1, 598);
    static_cast<void>(sign());
    keep_full_tiles();
    EXPECT_TRUE(fs::exists(in_log("tile/0/000")));
    EXPECT_EQ(findings(), "");
    const auto checkpoint = sign();
    EXPECT_FALSE(fs::exists(in_log("tile/0/000")));
    EXPECT_FALSE(fs::exists(in_log("tile/0/001")));
    EXPECT_TRUE(fs::exists(in_log("tile/0/002.p/88")));
    EXPECT_EQ(findings(), "");
    commit_long(2, 198);
    EXPECT_GT(sign().size, checkpoint.size);
    EXPECT_EQ(findings(), "");
}

TEST_F(LogTest, keeps_full_tiles_that_the_archive_does_not_give_again) {
    for (int number = 1; number <= 4; ++number) {
        commit_long(number, 254);
    }
    record_otherwise(300);
    keep_full_tiles();
    static_cast<void>(sign());
    EXPECT_FALSE(fs::exists(in_log("tile/0/000")));
    EXPECT_TRUE(fs::exists(in_log("tile/0/001")));
    EXPECT_FALSE(fs::exists(in_log("tile/0/002")));
    EXPECT_EQ(findings(), "batch 2: holds a message or an event that the log did not record\n");
}

TEST_F(LogTest, makes_the_last_tile_again_when_it_grows) {
    commit_and_sign(1, 2);
    fs::remove(in_log("tile/0/000.p/6"));
    EXPECT_EQ(findings(), "log/tile/0/000.p/6: is missing or damaged\n");
    commit_and_sign(3, 3);
    EXPECT_EQ(findings(), "");
}

}  // namespace
}  // namespace mailkeep::archive
