// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/spool.hpp"

#include "mailkeep/base/error.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <optional>
#include <system_error>
#include <utility>

namespace mailkeep {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t piece_size = std::size_t{1} << 20;
constexpr std::size_t sealed_size = piece_size + 12 + 16;  // nonce and tag
constexpr mode_t spool_mode = 0600;
constexpr mode_t spool_folder_mode = 0700;
constexpr std::chrono::hours spool_patience{7 * 24};

[[noreturn]] void fail_spool(int error, std::string_view doing, const fs::path& path) {
    const bool is_full = error == ENOSPC || error == EDQUOT;
    throw Error(Errc::storage,
                "cannot " + std::string(doing) + " " + path.string() + ": " +
                    (is_full ? "disk full" : std::generic_category().message(error)),
                is_full ? "Make room on this disk; the next run goes on where this one stopped."
                        : std::string(hint_for(Errc::storage)));
}

struct SpoolFile {
    int number = -1;

    SpoolFile() = default;
    SpoolFile(const SpoolFile&) = delete;
    SpoolFile& operator=(const SpoolFile&) = delete;

    ~SpoolFile() {
        if (number >= 0) {
            ::close(number);
        }
    }
};

}  // namespace

class Spool::State {
  public:
    explicit State(const fs::path& folder)
        : path_(folder / random_name()), key_(random_octets(32)) {
        open(folder, O_EXCL);
        remove();
    }

    State(fs::path file, std::string key, std::string bound)
        : path_(std::move(file)), key_(std::move(key)), bound_(std::move(bound)) {
        open(path_.parent_path(), 0);
        recover();
    }

    ~State() {
        if (digest_) {
            remove();
        }
        wipe(key_);
    }

    State(const State&) = delete;
    State& operator=(const State&) = delete;

    void append(std::string_view octets) {
        MAILKEEP_ASSERT(!digest_);
        while (!octets.empty()) {
            const auto piece = octets.substr(0, piece_size - tail_.size());
            tail_ += piece;
            octets.remove_prefix(piece.size());
            if (tail_.size() == piece_size) {
                hash_.add(tail_);
                write(seal(key_, tail_, bound_of(pieces_)), pieces_ * sealed_size);
                ++pieces_;
                tail_.clear();
            }
        }
    }

    void start_over() {
        cut(0);
        tail_.clear();
        hash_ = Sha256();
    }

    void close() {
        hash_.add(tail_);
        digest_ = hash_.finish();
    }

    [[nodiscard]] std::uint64_t size() const { return pieces_ * piece_size + tail_.size(); }

    [[nodiscard]] const Digest& digest() const {
        MAILKEEP_ASSERT(digest_);
        return *digest_;
    }

    [[nodiscard]] std::string read_from(std::uint64_t at) const {
        std::string octets;
        for (auto piece = at / piece_size; piece < pieces_; ++piece) {
            octets += whole_piece(piece);
        }
        octets += tail_;
        octets.erase(0, std::min<std::uint64_t>(at % piece_size, octets.size()));
        return octets;
    }

    void read(const std::function<bool(std::string_view)>& sink) const {
        for (std::uint64_t piece = 0; piece < pieces_; ++piece) {
            if (!sink(whole_piece(piece))) {
                return;
            }
        }
        static_cast<void>(tail_.empty() || sink(tail_));
    }

  private:
    [[nodiscard]] static std::string random_name() {
        return Digest::from_octets(random_octets(digest_size)).hex();
    }

    void open(const fs::path& folder, int flags) {
        if (::mkdir(folder.c_str(), spool_folder_mode) != 0 && errno != EEXIST) {
            fail_spool(errno, "create", folder);
        }
        file_.number =
            ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | flags, spool_mode);
        if (file_.number < 0) {
            fail_spool(errno, "create", path_);
        }
    }

    /// What was not written whole, or is not what was written, is cut off with all behind it.
    void recover() {
        for (;; ++pieces_) {
            const auto piece = read_piece(pieces_);
            if (!piece) {
                cut(pieces_);
                return;
            }
            hash_.add(*piece);
        }
    }

    void cut(std::uint64_t pieces) {
        pieces_ = pieces;
        if (::ftruncate(file_.number, static_cast<off_t>(pieces_ * sealed_size)) != 0) {
            fail_spool(errno, "cut", path_);
        }
    }

    void remove() { static_cast<void>(::unlink(path_.c_str()) == 0); }

    [[nodiscard]] std::string bound_of(std::uint64_t piece) const {
        return bound_ + " piece " + std::to_string(piece);
    }

    void write(std::string_view octets, std::uint64_t at) {
        while (!octets.empty()) {
            const auto done =
                ::pwrite(file_.number, octets.data(), octets.size(), static_cast<off_t>(at));
            if (done < 0 && errno == EINTR) {
                continue;
            }
            if (done <= 0) {
                fail_spool(done == 0 ? EIO : errno, "write", path_);
            }
            octets.remove_prefix(static_cast<std::size_t>(done));
            at += static_cast<std::uint64_t>(done);
        }
    }

    [[nodiscard]] std::optional<std::string> read_piece(std::uint64_t piece) const {
        std::string sealed(sealed_size, '\0');
        std::size_t have = 0;
        while (have < sealed.size()) {
            const auto done = ::pread(file_.number, sealed.data() + have, sealed.size() - have,
                                      static_cast<off_t>(piece * sealed_size + have));
            if (done < 0 && errno == EINTR) {
                continue;
            }
            if (done <= 0) {
                return std::nullopt;
            }
            have += static_cast<std::size_t>(done);
        }
        return unseal(key_, sealed, bound_of(piece));
    }

    [[nodiscard]] std::string whole_piece(std::uint64_t piece) const {
        auto octets = read_piece(piece);
        if (!octets) {
            throw Error(Errc::storage, path_.string() + " does not read back",
                        "Check this disk and the memory of this machine before anything else.");
        }
        return *std::move(octets);
    }

    fs::path path_;
    std::string key_;
    std::string bound_;
    SpoolFile file_;
    std::uint64_t pieces_ = 0;  // whole ones, in the file
    std::string tail_;          // what is not a whole one yet
    Sha256 hash_;               // of the pieces
    std::optional<Digest> digest_;
};

Spool::Spool(const fs::path& folder) : state_(std::make_unique<State>(folder)) {}

Spool::Spool(const fs::path& file, std::string key, std::string bound)
    : state_(std::make_unique<State>(file, std::move(key), std::move(bound))) {}

Spool::~Spool() = default;
Spool::Spool(Spool&&) noexcept = default;
Spool& Spool::operator=(Spool&&) noexcept = default;

void Spool::append(std::string_view octets) {
    state_->append(octets);
}

void Spool::start_over() {
    state_->start_over();
}

void Spool::close() {
    state_->close();
}

std::uint64_t Spool::size() const {
    return state_->size();
}

std::string Spool::read_from(std::uint64_t at) const {
    return state_->read_from(at);
}

const Digest& Spool::digest() const {
    return state_->digest();
}

void Spool::read(const std::function<bool(std::string_view)>& sink) const {
    state_->read(sink);
}

void remove_old_spools(const fs::path& folder) {
    std::error_code ignored;
    const auto now = fs::file_time_type::clock::now();
    for (const auto& entry : fs::directory_iterator(folder, ignored)) {
        if (now - entry.last_write_time(ignored) > spool_patience) {
            fs::remove(entry.path(), ignored);
        }
    }
}

}  // namespace mailkeep
