// SPDX-License-Identifier: Apache-2.0
// How fast the archive alone is, without network, catalog and search: ingest, sealing, cold random
// reads, memory. Beside each figure one of a peer that does the least such work could be, taken in
// the same run on the same octets, since a figure alone says as much of the machine as of us.
//
//   mailkeep_archive_bench ingest DATA MAIL    makes DATA, commits every file below MAIL, signs the
//   log mailkeep_archive_bench seal DATA MAIL      seals it all mailkeep_archive_bench read DATA
//   MAIL      reads messages in random order, past the page cache (read_cold), from it but with
//   nothing decoded yet (read_cold_decode), and again (read_warm)
//   mailkeep_archive_bench large DATA         commits, seals and reads a message of 100 MB
// Each prints lines of "name value unit".
#include "mailkeep/archive/archive.hpp"
#include "mailkeep/archive/log.hpp"
#include "mailkeep/base/error.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <numeric>
#include <random>

using namespace mailkeep;
using archive::Access;
using archive::Archive;

namespace {

/// As Ingest closes its batches (mailkeep/sync/ingest.hpp).
constexpr std::uint64_t batch_octets = 4U << 20U;
constexpr std::size_t batch_messages = 100;
constexpr std::size_t reads = 500;
constexpr std::size_t large_size = 100'000'000;

double seconds_on(clockid_t clock) {
    timespec now{};
    ::clock_gettime(clock, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

/// Time as it passes, and that of the processor, which other programs on the machine change less.
struct Spent {
    double wall = 0;
    double processor = 0;

    template <class Work>
    void add(Work work) {
        const auto wall_before = seconds_on(CLOCK_MONOTONIC);
        const auto processor_before = seconds_on(CLOCK_PROCESS_CPUTIME_ID);
        work();
        wall += seconds_on(CLOCK_MONOTONIC) - wall_before;
        processor += seconds_on(CLOCK_PROCESS_CPUTIME_ID) - processor_before;
    }
};

void print(std::string_view name, double value, std::string_view unit) {
    fmt::print("{:<34} {:>12.2f} {}\n", name, value, unit);
}

void print_rate(std::string_view name, std::uint64_t octets, const Spent& spent) {
    print(name, static_cast<double>(octets) / 1e6 / spent.wall, "MB/s");
    print(fmt::format("{}_processor", name), static_cast<double>(octets) / 1e6 / spent.processor,
          "MB/s");
}

void print_memory() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    print("peak_memory", static_cast<double>(usage.ru_maxrss) / 1024, "MiB");
}

void print_delays(std::string_view name, const std::vector<Spent>& delays) {
    for (const auto& [clock, taken] :
         {std::pair("", &Spent::wall), std::pair("_processor", &Spent::processor)}) {
        std::vector<double> seconds;
        std::transform(delays.begin(), delays.end(), std::back_inserter(seconds),
                       [taken](const Spent& spent) { return spent.*taken; });
        std::sort(seconds.begin(), seconds.end());
        print(fmt::format("{}{}_median", name, clock), seconds[seconds.size() / 2] * 1e3, "ms");
        print(fmt::format("{}{}_p99", name, clock), seconds[seconds.size() * 99 / 100] * 1e3, "ms");
    }
}

std::string octets_of_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::vector<std::filesystem::path> files_below(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file())
            files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

/// Messages of a folder <account>/<mailbox…>/<file>, batch by batch as a backup brings them.
class Mail {
  public:
    explicit Mail(const std::filesystem::path& folder)
        : folder_(folder), files_(files_below(folder)) {}

    /// Empty at the end. Reading the files is no part of what is measured.
    std::vector<std::pair<Seen, std::string>> next_batch() {
        std::vector<std::pair<Seen, std::string>> messages;
        std::uint64_t octets = 0;
        while (next_ < files_.size() && octets < batch_octets && messages.size() < batch_messages) {
            const auto& file = files_[next_++];
            messages.emplace_back(seen(file), octets_of_file(file));
            octets += messages.back().second.size();
        }
        return messages;
    }

  private:
    Seen seen(const std::filesystem::path& file) {
        const auto place = file.parent_path().lexically_relative(folder_);
        const auto& account =
            *accounts_.try_emplace(place.begin()->string(), accounts_.size()).first;
        return {.account = {static_cast<std::int64_t>(account.second + 1)},
                .mailbox = place.string(),
                .uid_validity = 1,
                .uid = ++uids_[place.string()],
                .internal_date = {SystemClock().now()}};
    }

    std::filesystem::path folder_;
    std::vector<std::filesystem::path> files_;
    std::size_t next_ = 0;
    std::map<std::string, std::size_t> accounts_;
    std::map<std::string, Uid> uids_;
};

/// The least a program does that keeps a batch: its octets into one file, and fdatasync.
class PlainFile {
  public:
    explicit PlainFile(const std::filesystem::path& path)
        : descriptor_(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) {
        MAILKEEP_ASSERT(descriptor_ >= 0);
        ::unlink(path.c_str());
    }

    PlainFile(const PlainFile&) = delete;
    PlainFile& operator=(const PlainFile&) = delete;

    ~PlainFile() { ::close(descriptor_); }

    void write(std::string_view octets) {
        while (!octets.empty()) {
            const auto written = ::write(descriptor_, octets.data(), octets.size());
            MAILKEEP_ASSERT(written > 0);
            octets.remove_prefix(static_cast<std::size_t>(written));
        }
        ::fdatasync(descriptor_);
    }

  private:
    int descriptor_;
};

std::size_t compressed_size(std::string_view octets, int level) {
    std::string out(ZSTD_compressBound(octets.size()), '\0');
    return ZSTD_compress(out.data(), out.size(), octets.data(), octets.size(), level);
}

void ingest(const std::filesystem::path& data, const std::filesystem::path& folder) {
    Archive::create(data);
    Archive archive(data, Access::read_write);
    PlainFile plain(data / "plain");
    Mail mail(folder);
    Spent spent;
    Spent written;
    Spent compressed;
    std::uint64_t octets = 0;
    std::uint64_t messages = 0;
    for (auto loaded = mail.next_batch(); !loaded.empty(); loaded = mail.next_batch()) {
        std::string together;
        for (const auto& [seen, raw] : loaded) {
            together += raw;
        }
        octets += together.size();
        messages += loaded.size();
        written.add([&] { plain.write(together); });
        compressed.add([&] { (void)compressed_size(together, 3); });
        spent.add([&] {
            archive::Batch batch;
            const auto now = SystemClock().now();
            for (auto& [seen, raw] : loaded) {
                seen.content_id = batch.add_message(std::move(raw));
                batch.add_event({now, {1}, std::move(seen)});
            }
            (void)archive.commit(batch, now);
        });
    }
    Spent signing;
    signing.add([&] { archive::Log(archive).catch_up(SystemClock().now()); });
    print("messages", static_cast<double>(messages), "");
    print("octets", static_cast<double>(octets), "");
    print("archive", static_cast<double>(archive.size_on_disk()), "octets");
    print_rate("ingest", octets, spent);
    print_rate("peer_plain_write_fdatasync", octets, written);
    print_rate("peer_zstd_3", octets, compressed);
    print_rate("log", octets, signing);
    print_memory();
}

/// zstd -9 over the messages one after another, in blocks as large as those of a pack.
void print_peer_of_sealing(const std::filesystem::path& folder) {
    Mail mail(folder);
    Spent spent;
    std::uint64_t octets = 0;
    std::string block;
    for (auto loaded = mail.next_batch(); !loaded.empty(); loaded = mail.next_batch()) {
        block.clear();
        for (const auto& [seen, raw] : loaded) {
            block += raw;
        }
        octets += block.size();
        spent.add([&] { (void)compressed_size(block, 9); });
    }
    print_rate("peer_zstd_9", octets, spent);
}

void seal(const std::filesystem::path& data, const std::filesystem::path& folder) {
    Archive archive(data, Access::read_write);
    archive.close_journal();
    Spent spent;
    std::uint64_t packs = 0;
    spent.add([&] {
        for (;;) {
            const auto made = archive.seal({.now = SystemClock().now()}, {});
            if (made.is_empty())
                break;
            packs += made.packs.size();
            archive.retire(made);
        }
    });
    std::uint64_t octets = 0;
    for (const auto& pack : archive.packs()) {
        octets += pack.octets;
    }
    print("packs", static_cast<double>(packs), "");
    print("archive", static_cast<double>(archive.size_on_disk()), "octets");
    print_rate("seal", octets, spent);
    print_memory();
    print_peer_of_sealing(folder);
}

void drop_from_page_cache(const std::filesystem::path& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    MAILKEEP_ASSERT(descriptor >= 0);
    ::posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED);
    ::close(descriptor);
}

template <class Item, class Read>
std::vector<Spent> delays_of(std::vector<Item> items, Read read) {
    std::mt19937 random(1);
    std::shuffle(items.begin(), items.end(), random);
    items.resize(std::min(items.size(), reads));
    std::vector<Spent> delays;
    for (const auto& item : items) {
        Spent spent;
        read(item, spent);
        delays.push_back(spent);
    }
    return delays;
}

void read(const std::filesystem::path& data, const std::filesystem::path& folder) {
    const Archive archive(data, Access::read_only);
    std::vector<StoredMessage> messages;
    for (const auto& pack : archive.packs()) {
        archive.for_each_packed(pack.name,
                                [&](const auto& message) { messages.push_back(message); });
    }
    MAILKEEP_ASSERT(!messages.empty());
    const auto packs = files_below(data / "packs");
    print_delays("read_cold", delays_of(messages, [&](const auto& message, Spent& spent) {
                     // Attachments may stand in any pack; and what it decoded, an archive keeps.
                     std::for_each(packs.begin(), packs.end(), drop_from_page_cache);
                     const Archive fresh(data, Access::read_only);
                     spent.add([&] { (void)fresh.get(message); });
                 }));
    print_delays("read_cold_decode", delays_of(messages, [&](const auto& message, Spent& spent) {
                     const Archive fresh(data, Access::read_only);
                     spent.add([&] { (void)fresh.get(message); });
                 }));
    print_delays("read_warm", delays_of(messages, [&](const auto& message, Spent& spent) {
                     spent.add([&] { (void)archive.get(message); });
                 }));
    ::sync();
    print_delays("peer_file_per_message_cold",
                 delays_of(files_below(folder), [&](const auto& file, Spent& spent) {
                     drop_from_page_cache(file);
                     spent.add([&] { (void)octets_of_file(file); });
                 }));
    print_memory();
}

std::string large_message() {
    constexpr std::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string raw = "Subject: large\r\nContent-Transfer-Encoding: base64\r\n\r\n";
    raw.reserve(large_size + 100);
    std::mt19937 random(1);
    while (raw.size() < large_size) {
        for (int i = 0; i < 76; ++i) {
            raw += alphabet[random() % alphabet.size()];
        }
        raw += "\r\n";
    }
    return raw;
}

void large(const std::filesystem::path& data) {
    Archive::create(data);
    Archive archive(data, Access::read_write);
    const auto now = SystemClock().now();
    StoredMessage stored;
    {
        archive::Batch batch;
        (void)batch.add_message(large_message());
        stored = archive.commit(batch, now).messages.at(0);
    }
    fmt::print("after ingest: ");
    print_memory();
    archive.close_journal();
    archive.retire(archive.seal({.now = now}, {}));
    fmt::print("after sealing: ");
    print_memory();
    std::uint64_t octets = 0;
    archive.read(stored, [&](std::string_view piece) { octets += piece.size(); });
    MAILKEEP_ASSERT(octets == stored.size);
    fmt::print("after reading: ");
    print_memory();
}

int run(const std::vector<std::string>& words) {
    const auto& what = words[0];
    if (words.size() == 3 && what == "ingest") {
        ingest(words[1], words[2]);
    } else if (words.size() == 3 && what == "seal") {
        seal(words[1], words[2]);
    } else if (words.size() == 3 && what == "read") {
        read(words[1], words[2]);
    } else if (words.size() == 2 && what == "large") {
        large(words[1]);
    } else {
        fmt::print(stderr, "ingest DATA MAIL | seal DATA MAIL | read DATA MAIL | large DATA\n");
        return 2;
    }
    return 0;
}

}  // namespace

int main(int count, char** words) {
    // As the program does.
    static_cast<void>(mallopt(M_ARENA_MAX, 1));
    static_cast<void>(mallopt(M_MMAP_THRESHOLD, 8 << 20));
    static_cast<void>(mallopt(M_TRIM_THRESHOLD, 8 << 20));

    try {
        return run(count > 1 ? std::vector<std::string>(words + 1, words + count)
                             : std::vector<std::string>{""});
    } catch (const Error& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
}
