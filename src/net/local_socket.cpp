// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/net/local_socket.hpp"

#include "mailkeep/base/error.hpp"

#include "socket.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

namespace mailkeep::net {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds first_timeout = std::chrono::minutes(1);
constexpr int waiting_peers = 16;

Error storage_error(const std::filesystem::path& path, int code) {
    return {Errc::storage, "socket " + path.string() + ": " + system_text(code)};
}

/// The address of a socket file. sun_path holds 107 octets, less than a path may have: a longer one
/// is named by way of its open folder.
class Address {
  public:
    explicit Address(const std::filesystem::path& path) {
        address_.sun_family = AF_UNIX;
        std::string name = path.string();
        if (name.size() >= sizeof address_.sun_path) {
            const auto folder = path.parent_path();
            folder_ = Descriptor(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
            if (!folder_.is_open()) {
                throw storage_error(path, errno);
            }
            name = "/proc/self/fd/" + std::to_string(folder_.number()) + "/" +
                   path.filename().string();
        }
        if (name.size() >= sizeof address_.sun_path) {
            throw storage_error(path, ENAMETOOLONG);
        }
        std::copy(name.begin(), name.end(), address_.sun_path);
    }

    [[nodiscard]] const sockaddr* get() const {
        return reinterpret_cast<const sockaddr*>(&address_);
    }

    static constexpr socklen_t size = sizeof(sockaddr_un);

  private:
    Descriptor folder_;
    sockaddr_un address_{};
};

Descriptor new_socket(const std::filesystem::path& path) {
    Descriptor descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!descriptor.is_open()) {
        throw storage_error(path, errno);
    }
    return descriptor;
}

class LocalStream final : public Stream {
  public:
    LocalStream(Descriptor descriptor, const std::filesystem::path& path, std::stop_token stop)
        : socket_(std::move(descriptor), path.string(), std::move(stop)) {}

    std::size_t read_some(std::span<char> into) override {
        return socket_.read_some(into, deadline_in(idle_));
    }

    void write_all(std::string_view octets) override { socket_.write_all(octets, idle_); }

    void start_tls() override { throw Error(Errc::internal, "no TLS on a local socket"); }

    void set_timeout(milliseconds idle) override { idle_ = idle; }

    void close() noexcept override { socket_.close(); }

  private:
    Socket socket_;
    milliseconds idle_ = first_timeout;
};

}  // namespace

std::unique_ptr<Stream> connect_local(const std::filesystem::path& path) {
    const Address address(path);
    Descriptor descriptor = new_socket(path);
    if (::connect(descriptor.number(), address.get(), Address::size) == 0) {
        return std::make_unique<LocalStream>(std::move(descriptor), path, std::stop_token());
    }
    if (errno == ENOENT || errno == ENOTDIR || errno == ECONNREFUSED) {
        return nullptr;
    }
    // EAGAIN: more peers wait there than the queue holds.
    throw Error(errno == EAGAIN ? Errc::in_use : Errc::network,
                path.string() + ": " + system_text(errno));
}

LocalListener::LocalListener(const std::filesystem::path& path) : path_(path) {
    if (connect_local(path)) {
        throw Error(Errc::in_use, "another process listens at " + path.string());
    }
    const Address address(path);
    Descriptor descriptor = new_socket(path);
    if (std::filesystem::is_socket(std::filesystem::symlink_status(path))) {
        ::unlink(path.c_str());
    }
    // On Linux the file gets the mode the socket has, so nobody can come in before a chmod.
    if (::fchmod(descriptor.number(), S_IRUSR | S_IWUSR) != 0 ||
        ::bind(descriptor.number(), address.get(), Address::size) != 0 ||
        ::listen(descriptor.number(), waiting_peers) != 0) {
        throw storage_error(path, errno);
    }
    descriptor_ = descriptor.release();
}

LocalListener::~LocalListener() {
    ::unlink(path_.c_str());
    ::close(descriptor_);
}

std::unique_ptr<Stream> LocalListener::accept(const std::stop_token& stop) {
    const Waiter waiter(stop);
    for (;;) {
        const Deadline never = deadline_in(milliseconds::max());
        if (waiter.wait(descriptor_, Readiness::readable, never) == Wake::stopped) {
            return nullptr;
        }
        Descriptor peer(::accept4(descriptor_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (peer.is_open()) {
            return std::make_unique<LocalStream>(std::move(peer), path_, stop);
        }
        // A peer that left again before it was its turn is nobody's fault.
        if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
            throw Error(Errc::network, path_.string() + ": " + system_text(errno));
        }
    }
}

}  // namespace mailkeep::net
