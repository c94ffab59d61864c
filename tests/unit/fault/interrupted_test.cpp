// SPDX-License-Identifier: Apache-2.0
// A thousand compactions that never come to their end: stopped, failed, or cut off with the
// program.
#include "mailkeep/base/log.hpp"
#include "mailkeep/sync/catalog_key.hpp"
#include "mailkeep/sync/compact.hpp"
#include "mailkeep/sync/seal.hpp"

#include "scene.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <optional>
#include <random>

namespace mailkeep::fault {
namespace {

namespace fs = std::filesystem;

using std::chrono::hours;

/// Never waited for; from some call on it is interrupted.
class FickleDisk final : public archive::Disk {
  public:
    enum class Kind { stop, fail, die };

    void interrupt(Kind kind, std::uint64_t calls) {
        kind_ = kind;
        left_ = calls;
        stop_ = {};
    }

    void heal() { left_ = 0; }

    [[nodiscard]] std::stop_token stop() const { return stop_.get_token(); }

    int open(const fs::path& path, int flags) override {
        return fails() ? -1 : Disk::open(path, flags);
    }

    ssize_t write(int descriptor, std::string_view octets, std::uint64_t at) override {
        return fails() ? -1 : Disk::write(descriptor, octets, at);
    }

    ssize_t read(int descriptor, std::span<char> into, std::uint64_t at) override {
        return fails() ? -1 : Disk::read(descriptor, into, at);
    }

    int allocate(int /*descriptor*/, std::uint64_t /*from*/, std::uint64_t /*size*/) override {
        return fails() ? -1 : 0;
    }

    int sync(int /*descriptor*/) override { return fails() ? -1 : 0; }

    int sync_data(int /*descriptor*/) override { return fails() ? -1 : 0; }

    void forget_cached(int /*descriptor*/, std::uint64_t /*from*/) override {}

    int rename(const fs::path& from, const fs::path& to) override {
        return fails() ? -1 : Disk::rename(from, to);
    }

    int remove(const fs::path& path) override { return fails() ? -1 : Disk::remove(path); }

  private:
    /// Once, or always from then on when it dies.
    bool fails() {
        if (left_ == 0 || (left_ > 1 && --left_ > 0)) {
            return false;
        }
        if (kind_ == Kind::stop) {
            stop_.request_stop();
            return false;
        }
        left_ = kind_ == Kind::die ? 1 : 0;
        errno = EIO;
        return true;
    }

    Kind kind_ = Kind::stop;
    std::uint64_t left_ = 0;
    std::stop_source stop_;
};

/// Everybody else's mail is one that comes and goes; one message is held.
class Interrupted : public testing::Test {
  protected:
    static int rounds() {
        const char* const patience = std::getenv("MAILKEEP_FAULT_PATIENCE");
        return 100 * std::max(1, patience == nullptr ? 1 : std::atoi(patience));
    }

    static constexpr std::uint64_t size_of_mail = 4000;

    void SetUp() override {
        set_log_level(LogLevel::error);
        make_archive(data);
        begin();
        archive::Batch batch;
        Account account{.id = AccountId{1}, .name = "post"};
        account.server.host = "mail.example.org";
        account.retention.keep = keep_rule_from_text("0d");
        batch.add_event(told(AccountSaved{account}));
        batch.add_event(told(HoldPlaced{{"case", AccountId{1}, "Case", ""}}));
        see(batch, "Case", 1, 0);
        batch.add_event(told(Gone{AccountId{1}, "Case", 7, UidSet::of({1}), GoneReason::vanished}));
        open->keeper.keep(batch);
    }

    struct Opened {
        Opened(const fs::path& data, archive::Disk& disk, const Clock& clock)
            : archive(data, archive::Access::read_write, disk),
              kept(data, catalog::Access::read_write),
              own(data, catalog::Access::read_write),
              keeper(archive, kept, clock) {
            keeper.catch_up();
            sync::adopt_packs(archive, own, clock.now());
        }

        archive::Archive archive;
        catalog::Catalog kept;
        catalog::Catalog own;
        sync::Keeper keeper;
    };

    void begin() {
        open.reset();
        disk.heal();
        open.emplace(data, disk, clock);
    }

    [[nodiscard]] Event told(decltype(Event::what) what) const {
        return {.at = clock.now(), .run = {}, .what = std::move(what)};
    }

    static std::string text(int number) {
        std::mt19937 random(static_cast<unsigned>(number));
        auto text = "Subject: " + std::to_string(number) + "\r\n\r\n";
        while (text.size() < size_of_mail) {
            text += std::to_string(random()) + (text.size() % 64 < 10 ? "\r\n" : " ");
        }
        return text;
    }

    void see(archive::Batch& batch, const std::string& mailbox, Uid uid, int number) {
        auto what = seen(batch.add_message(text(number)), uid);
        what.mailbox = mailbox;
        batch.add_event(told(what));
    }

    /// Message `number` comes, the one before it goes.
    void change(int number) {
        archive::Batch batch;
        see(batch, "INBOX", static_cast<Uid>(number), number);
        if (number > 1) {
            batch.add_event(
                told(Gone{AccountId{1}, "INBOX", 7, UidSet::of({static_cast<Uid>(number - 1)}),
                          GoneReason::vanished}));
        }
        open->keeper.keep(batch);
        open->keeper.close_journal();
        auto run = open->own.run(open->own.start_run(AccountId{1}, RunKind::mirror, clock.now()));
        run->state = RunState::done;
        run->finished = clock.now();
        open->own.finish_run(*run);
    }

    void seal_and_compact() {
        static_cast<void>(sync::seal(open->archive, open->keeper, open->own, disk.stop(), [] {}));
        const catalog::ClockReading now{clock.now(), "boot", clock.now() - time_of_batch(1)};
        static_cast<void>(
            sync::compact(open->archive, open->keeper, open->own, {.now = now}, disk.stop()));
    }

    /// Whether it came to its end.
    bool try_to(const std::function<void()>& work) {
        try {
            work();
            return true;
        } catch (const Error& error) {
            EXPECT_TRUE(error.code() == Errc::storage || error.code() == Errc::cancelled ||
                        error.code() == Errc::corrupt)
                << error.what();
            return false;
        }
    }

    void expect_there(int number) {
        const auto stored = open->own.stored(sha256(text(number)));
        ASSERT_TRUE(stored) << number;
        EXPECT_EQ(open->archive.get(*stored), text(number));
    }

    [[nodiscard]] std::uint64_t octets_below(const fs::path& folder) const {
        std::uint64_t octets = 0;
        std::error_code none;
        for (const auto& entry : fs::recursive_directory_iterator(data / folder, none)) {
            octets += entry.is_regular_file() ? entry.file_size() : 0;
        }
        return octets;
    }

    test::TempDir folder;
    fs::path data = folder / "data";
    StoryClock clock;
    FickleDisk disk;
    std::optional<Opened> open;
};

TEST_F(Interrupted, compactions_lose_nothing_and_leave_nothing_behind) {
    std::mt19937_64 random(test::fault_seed(8));
    int interrupted = 0;
    std::uint64_t most = 0;
    for (int round = 1; interrupted < rounds(); ++round) {
        clock.at += hours{1};
        change(round);
        const auto kind = static_cast<FickleDisk::Kind>(random() % 3);
        disk.interrupt(kind, 1 + random() % 250);
        interrupted += try_to([&] { seal_and_compact(); }) ? 0 : 1;
        disk.heal();
        if (kind == FickleDisk::Kind::die) {
            begin();
        }
        expect_there(0);
        expect_there(round);
        ASSERT_FALSE(HasFailure()) << "round " << round;
        if (round % 50 == 0) {
            disk.interrupt(FickleDisk::Kind::stop, 0);
            seal_and_compact();
            EXPECT_EQ(damage_in(open->archive), "");
            EXPECT_EQ(open->own.totals().messages, 2U);
            most = std::max(most, octets_below("packs") + octets_below("journal"));
        }
    }
    std::printf("%d interrupted, at most %llu octets\n", interrupted,
                static_cast<unsigned long long>(most));
    // What happened to each message is kept for ever, the messages themselves are not.
    EXPECT_LT(most, 16'384U + 250U * static_cast<unsigned>(interrupted));
}

}  // namespace
}  // namespace mailkeep::fault
