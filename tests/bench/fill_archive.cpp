// SPDX-License-Identifier: Apache-2.0
// Fills an archive with small mail, as fast as it goes: the mail is made here, and from there on
// all is what a backup does (Ingest, Keeper) and what the service does after it (index_pending). No
// server takes part, for it would take most of the time.
//
//   mailkeep_fill_archive DATA MESSAGES
//
// DATA was made by `mailkeep init`; its accounts share the mail. Half of it comes in the first run
// of each account, the rest in one run a week, in which flags change and messages vanish too. The
// same number gives the same mail. Prints lines of "name value unit".
#include "mailkeep/archive/archive.hpp"
#include "mailkeep/base/error.hpp"
#include "mailkeep/sync/catalog_key.hpp"
#include "mailkeep/sync/indexing.hpp"
#include "mailkeep/sync/ingest.hpp"

#include <fmt/chrono.h>
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <random>
#include <set>

using namespace mailkeep;
using namespace std::chrono;

namespace {

constexpr std::size_t mailboxes_each = 40;
constexpr std::size_t weeks_of_runs = 20;
constexpr Timestamp first_run = sys_days{year{2025} / January / 1};
constexpr Timestamp first_mail = sys_days{year{2005} / January / 1};
constexpr UidValidity uid_validity = 1;

/// As late as the mail that is being made.
class MadeClock final : public Clock {
  public:
    [[nodiscard]] Timestamp now() const override { return now_; }

    void set(Timestamp now) { now_ = now; }

  private:
    Timestamp now_ = first_run;
};

/// Of some number from 0 on, the smaller the likelier: the n-th of `count` with the weight 1/(n+2).
class Zipf {
  public:
    explicit Zipf(std::size_t count) : most_(std::log(static_cast<double>(count + 2) / 2)) {}

    std::size_t operator()(std::mt19937_64& random) {
        const double where = std::uniform_real_distribution(0.0, most_)(random);
        return static_cast<std::size_t>(2 * std::exp(where)) - 2;
    }

  private:
    double most_;
};

/// The n-th is always the same, and can be spoken.
std::string word(std::size_t number) {
    static constexpr std::array onsets{"b", "d", "f", "g", "k",  "l",  "m",  "n",  "p",  "r",
                                       "s", "t", "v", "z", "st", "tr", "ch", "sh", "th", "qu"};
    static constexpr std::array vowels{"a", "e", "i", "o", "u", "ea", "ou", "ie"};
    std::string made;
    for (auto rest = number + onsets.size(); rest > 0; rest /= onsets.size() * vowels.size()) {
        made += onsets[rest % onsets.size()];
        made += vowels[rest / onsets.size() % vowels.size()];
    }
    return made;
}

struct Mail {
    std::size_t account = 0;
    std::size_t mailbox = 0;
    Timestamp date{};
    std::string octets;
};

class MailMaker {
  public:
    MailMaker() {
        for (std::size_t i = 0; i < words; ++i) {
            words_.push_back(word(i));
        }
    }

    /// They grow in date.
    Mail next(std::size_t accounts, Timestamp date) {
        Mail mail{
            .account = pick(accounts), .mailbox = mailbox_(random_), .date = date, .octets = {}};
        const auto number = made_++;
        const bool is_reply = number > 100 && pick(3) == 0;
        const auto answered = is_reply ? number - 1 - pick(100) : number;
        const auto sender = person_(random_);
        auto& octets = mail.octets;
        octets = fmt::format("From: {0} {1} <{0}.{1}@example.org>\r\nTo: {2} <{2}@example.net>\r\n",
                             words_[2000 + sender], words_[9000 + sender],
                             words_[2000 + person_(random_)]);
        octets += fmt::format("Subject: {}{}\r\n", is_reply ? "Re: " : "", sentence(6));
        octets += fmt::format("Date: {:%a, %d %b %Y %H:%M:%S} +0000\r\n", floor<seconds>(date));
        octets += fmt::format("Message-ID: <{}@mail.example.org>\r\n", number);
        if (is_reply) {
            octets += fmt::format("In-Reply-To: <{}@mail.example.org>\r\n", answered);
        }
        if (mail.mailbox != 0) {
            octets += fmt::format("List-Id: <box-{}.example.org>\r\n", mail.mailbox);
        }
        octets += "MIME-Version: 1.0\r\n";
        add_body(octets);
        return mail;
    }

    [[nodiscard]] const std::string& said_by(std::size_t rank) const { return words_[rank]; }

    std::size_t pick(std::size_t below) {
        return std::uniform_int_distribution<std::size_t>(0, below - 1)(random_);
    }

  private:
    static constexpr std::size_t words = 200'000;

    void add_body(std::string& octets) {
        const auto size = 600 + pick(600);
        std::string text;
        while (text.size() < size) {
            text += sentence(5 + pick(12)) + ".\r\n";
        }
        if (pick(20) != 0) {
            octets += "Content-Type: text/plain; charset=utf-8\r\n\r\n" + text;
            return;
        }
        octets += "Content-Type: multipart/mixed; boundary=part\r\n\r\n--part\r\n\r\n" + text +
                  fmt::format(
                      "\r\n--part\r\nContent-Type: application/octet-stream\r\n"
                      "Content-Disposition: attachment; filename={}.bin\r\n\r\nxyz\r\n--part--\r\n",
                      words_[word_(random_)]);
    }

    std::string sentence(std::size_t length) {
        std::string said;
        for (std::size_t i = 0; i < length; ++i) {
            said += (i == 0 ? "" : " ") + words_[word_(random_)];
        }
        return said;
    }

    std::size_t made_ = 0;
    std::mt19937_64 random_{1};
    std::vector<std::string> words_;
    Zipf word_{words};
    Zipf person_{5000};
    Zipf mailbox_{mailboxes_each};
};

/// One account, as its runs see it: the UIDs that stand in each mailbox.
struct Follower {
    AccountId id;
    std::vector<UidSet::Range> uids = std::vector<UidSet::Range>(mailboxes_each, {1, 0});
};

std::string name_of_mailbox(std::size_t mailbox) {
    return mailbox == 0 ? "INBOX" : fmt::format("Lists/box-{:02}", mailbox);
}

/// All that is seen at one moment: what is new, flags that changed, and messages that vanished.
class Filler {
  public:
    Filler(const std::filesystem::path& data)
        : archive_(data, archive::Access::read_write),
          catalog_(sync::open_catalog(archive_, catalog::Access::read_write)),
          runs_(sync::open_catalog(archive_, catalog::Access::read_write)),
          keeper_(archive_, catalog_, clock_) {
        for (const auto& account : catalog_.accounts()) {
            followers_.push_back({.id = account.id});
        }
    }

    void run(std::size_t messages, Timestamp at, Timestamp oldest) {
        clock_.set(at);
        std::vector<Run> runs;
        std::vector<sync::Ingest> ingests;
        for (auto& follower : followers_) {
            runs.push_back({.id = runs_.start_run(follower.id, RunKind::mirror, at),
                            .account = follower.id,
                            .started = at});
            ingests.emplace_back(keeper_, runs_, runs.back());
            see_mailboxes(follower, ingests.back());
            change(follower, ingests.back());
        }
        const auto step = (at - oldest) / static_cast<std::int64_t>(messages);
        for (std::size_t i = 0; i < messages; ++i) {
            auto mail =
                maker_.next(followers_.size(), oldest + step * static_cast<std::int64_t>(i));
            add(followers_[mail.account], ingests[mail.account], std::move(mail));
        }
        for (std::size_t i = 0; i < runs.size(); ++i) {
            runs[i].state = RunState::done;
            runs[i].finished = at;
            ingests[i].finish(runs[i]);
            runs_.finish_run(runs[i]);
        }
    }

    void print_words() const {
        fmt::print("common {}\nfrequent {}\nrare {}\nsender {}\n", maker_.said_by(0),
                   maker_.said_by(50), maker_.said_by(50'000), maker_.said_by(2300));
    }

    std::uint64_t index() {
        return sync::index_pending(keeper_, {}, [] {});
    }

  private:
    static void see_mailboxes(const Follower& follower, sync::Ingest& ingest) {
        for (std::size_t i = 0; i < mailboxes_each; ++i) {
            ingest.note(MailboxSeen{.account = follower.id,
                                    .mailbox = name_of_mailbox(i),
                                    .name = name_of_mailbox(i),
                                    .delimiter = '/',
                                    .attributes = {},
                                    .uid_validity = uid_validity});
        }
    }

    /// In each mailbox the oldest 1 % vanish, and some 2 % of the rest are read or flagged
    /// otherwise.
    void change(Follower& follower, sync::Ingest& ingest) {
        for (std::size_t i = 0; i < mailboxes_each; ++i) {
            auto& [first, last] = follower.uids[i];
            const auto going = static_cast<Uid>((last + 1 - first) / 100);
            if (going > 0) {
                UidSet gone;
                gone.add(first, first + going - 1);
                ingest.note(Gone{follower.id, name_of_mailbox(i), uid_validity, gone});
                first += going;
            }
            for (Uid n = 0; n < 2 * going; ++n) {
                const auto uid = static_cast<Uid>(first + maker_.pick(last + 1 - first));
                ingest.note(
                    FlagsChanged{follower.id, name_of_mailbox(i), uid_validity, uid, flags()});
            }
        }
    }

    void add(Follower& follower, sync::Ingest& ingest, Mail mail) {
        ingest.add({.account = follower.id,
                    .mailbox = name_of_mailbox(mail.mailbox),
                    .uid_validity = uid_validity,
                    .uid = ++follower.uids[mail.mailbox].last,
                    .unique_id = {},
                    .content_id = {},
                    .internal_date = {.at = mail.date},
                    .flags = flags()},
                   std::move(mail.octets));
    }

    Flags flags() {
        Flags some;
        some.seen = maker_.pick(4) != 0;
        some.answered = maker_.pick(8) == 0;
        some.flagged = maker_.pick(50) == 0;
        return some;
    }

    MadeClock clock_;
    archive::Archive archive_;
    catalog::Catalog catalog_;
    catalog::Catalog runs_;
    sync::Keeper keeper_;
    MailMaker maker_;
    std::vector<Follower> followers_;
};

double seconds_since(steady_clock::time_point begun) {
    return duration<double>(steady_clock::now() - begun).count();
}

void fill(const std::filesystem::path& data, std::size_t messages) {
    Filler filler(data);
    auto begun = steady_clock::now();
    filler.run(messages / 2, first_run, first_mail);
    const auto each = (messages - messages / 2) / weeks_of_runs;
    for (std::size_t week = 0; week < weeks_of_runs; ++week) {
        const auto before = first_run + weeks{static_cast<int>(week)};
        filler.run(each, before + weeks{1}, before);
    }
    fmt::print("archived {:.1f}\n", seconds_since(begun));
    begun = steady_clock::now();
    filler.index();
    fmt::print("indexed {:.1f}\n", seconds_since(begun));
    filler.print_words();
}

}  // namespace

int main(int argc, char** argv) {
    try {
        if (argc != 3) {
            fmt::print(stderr, "mailkeep_fill_archive DATA MESSAGES\n");
            return 2;
        }
        fill(argv[1], std::stoul(argv[2]));
        return 0;
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
}
