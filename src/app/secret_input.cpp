// SPDX-License-Identifier: Apache-2.0
#include "secret_input.hpp"

#include "mailkeep/base/crypto.hpp"
#include "mailkeep/base/error.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>

namespace mailkeep::app {

namespace {

constexpr std::size_t most_octets = 64U << 10U;
constexpr const char* how =
    "Give --password-file FILE, --password-env NAME or --password-stdin, or run it on a terminal.";

/// A descriptor that closes itself.
class Descriptor {
  public:
    explicit Descriptor(int number) : number_(number) {}

    ~Descriptor() {
        if (number_ > STDERR_FILENO) {
            ::close(number_);
        }
    }

    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    [[nodiscard]] int number() const { return number_; }

  private:
    int number_;
};

/// Until the end, or, on a terminal, until the end of the line.
std::string read_octets(const Descriptor& source, const std::string& place) {
    std::string octets;
    octets.reserve(most_octets);  // so that no copy is left behind where it grew
    std::array<char, 512> piece{};
    ssize_t count = 0;
    while (octets.size() + piece.size() <= most_octets &&
           (count = ::read(source.number(), piece.data(), piece.size())) != 0) {
        if (count < 0 && errno != EINTR) {
            throw Error(Errc::invalid,
                        "cannot read the password from " + place + ": " + std::strerror(errno));
        }
        octets.append(piece.data(), count < 0 ? 0 : static_cast<std::size_t>(count));
        if (::isatty(source.number()) == 1 && !octets.empty() && octets.back() == '\n') {
            break;
        }
    }
    explicit_bzero(piece.data(), piece.size());
    return octets;
}

Secret without_line_end(std::string octets, const std::string& place) {
    for (const char end : {'\n', '\r'}) {
        if (!octets.empty() && octets.back() == end) {
            octets.pop_back();
        }
    }
    if (octets.empty()) {
        throw Error(Errc::invalid, "the password from " + place + " is empty", how);
    }
    return Secret(std::move(octets));
}

sigset_t ending_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGHUP);
    return signals;
}

/// Typed characters are not shown until it goes, however that comes about: a signal that would end
/// the process, and leave the terminal mute, waits until then.
class Silence {
  public:
    explicit Silence(int terminal) : terminal_(terminal) {
        const auto signals = ending_signals();
        pthread_sigmask(SIG_BLOCK, &signals, &mask_before_);
        if (::tcgetattr(terminal, &before_) == 0) {
            auto silent = before_;
            silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
            silent.c_lflag |= ECHONL;
            is_set_ = ::tcsetattr(terminal, TCSAFLUSH, &silent) == 0;
        }
    }

    ~Silence() {
        if (is_set_) {
            ::tcsetattr(terminal_, TCSAFLUSH, &before_);
        }
        pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);  // one that waited ends us here
    }

    Silence(const Silence&) = delete;
    Silence& operator=(const Silence&) = delete;

    /// Returns when a line was typed. Error{cancelled} when a signal came first.
    void wait_for_line() const {
        const auto signals = ending_signals();
        const Descriptor signalled(::signalfd(-1, &signals, SFD_CLOEXEC));
        std::array<pollfd, 2> waited{{{terminal_, POLLIN, 0}, {signalled.number(), POLLIN, 0}}};
        while (::poll(waited.data(), waited.size(), -1) < 0 && errno == EINTR) {
        }
        if (waited[1].revents != 0) {
            throw Error(Errc::cancelled, "cancelled", "Nothing was changed.");
        }
    }

  private:
    int terminal_;
    sigset_t mask_before_{};
    termios before_{};
    bool is_set_ = false;
};

Secret ask_once(const Descriptor& terminal, const std::string& prompt) {
    const Silence silence(terminal.number());
    const auto question = prompt + ": ";
    if (::write(terminal.number(), question.data(), question.size()) < 0) {
        throw Error(Errc::invalid, "the terminal cannot be written to", how);
    }
    silence.wait_for_line();
    return without_line_end(read_octets(terminal, "the terminal"), "the terminal");
}

Secret ask(const SecretWish& wish) {
    const Descriptor terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC));
    if (terminal.number() < 0) {
        throw Error(Errc::invalid, "no password was given and there is no terminal to ask on", how);
    }
    auto secret = ask_once(terminal, wish.prompt);
    if (wish.kind == SecretWish::Kind::chosen &&
        ask_once(terminal, wish.prompt + ", once more").reveal() != secret.reveal()) {
        throw Error(Errc::invalid, "the two passwords are not the same", "Try again.");
    }
    return secret;
}

Secret read_file(const std::string& path) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.number() < 0) {
        throw Error(Errc::invalid,
                    "cannot open the password file " + path + ": " + std::strerror(errno),
                    "Check the name and who may read it.");
    }
    return without_line_end(read_octets(file, path), path);
}

Secret read_variable(const std::string& name, const Environment& environment) {
    const auto found = environment.find(name);
    if (found == environment.end()) {
        throw Error(Errc::invalid, "the environment has no variable " + name, how);
    }
    return without_line_end(found->second, "$" + name);
}

/// Which wish a command has; commands without a password have none.
struct Wishes {
    using Kind = SecretWish::Kind;

    std::optional<SecretWish> operator()(const AccountAdd& command) const {
        return SecretWish{command.password, "Password of " + to_url(command.account.server),
                          Kind::required};
    }

    std::optional<SecretWish> operator()(const AccountSet& command) const {
        return SecretWish{command.password, "New password of " + command.name, Kind::optional};
    }

    std::optional<SecretWish> operator()(const AccountTest& command) const {
        return SecretWish{command.password, "Password of " + command.name, Kind::optional};
    }

    std::optional<SecretWish> operator()(const Restore& command) const {
        return command.account.empty()
                   ? std::optional(SecretWish{
                         command.password, "Password of " + to_url(command.target), Kind::required})
                   : std::nullopt;
    }

    std::optional<SecretWish> operator()(const Drill& command) const {
        if (!command.target) {
            return std::nullopt;
        }
        return SecretWish{command.password, "Password of " + to_url(*command.target),
                          Kind::required};
    }

    std::optional<SecretWish> operator()(const KeyAdd& command) const {
        return SecretWish{command.passphrase, "Passphrase of the new key slot " + command.name,
                          Kind::chosen};
    }

    std::optional<SecretWish> operator()(const UserAdd& command) const {
        return SecretWish{command.password, "Password for " + command.name, Kind::chosen};
    }

    std::optional<SecretWish> operator()(const UserPasswd& command) const {
        return SecretWish{command.password, "New password for " + command.name, Kind::chosen};
    }

    template <class Other>
    std::optional<SecretWish> operator()(const Other& /*command*/) const {
        return std::nullopt;
    }
};

}  // namespace

std::optional<SecretWish> secret_wish(const Command& command) {
    return std::visit(Wishes{}, command);
}

std::optional<Secret> read_secret(const SecretWish& wish, const Environment& environment) {
    switch (wish.source.kind) {
        case SecretSource::Kind::file:
            return read_file(wish.source.name);
        case SecretSource::Kind::environment:
            return read_variable(wish.source.name, environment);
        case SecretSource::Kind::standard_input:
            return without_line_end(read_octets(Descriptor(STDIN_FILENO), "standard input"),
                                    "standard input");
        case SecretSource::Kind::prompt:
            return ask(wish);
        case SecretSource::Kind::unset:
            break;
    }
    return wish.kind == SecretWish::Kind::optional ? std::nullopt : std::optional(ask(wish));
}

}  // namespace mailkeep::app
