// SPDX-License-Identifier: Apache-2.0
// The sessions against a real server: `doveadm exec imap` over two pipes, one user, no port.
#include "mailkeep/base/error.hpp"
#include "mailkeep/imap/mailbox_name.hpp"
#include "mailkeep/imap/read_session.hpp"
#include "mailkeep/imap/write_session.hpp"

#include "support/temp_dir.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pwd.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

namespace mailkeep::imap {

namespace {

using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAreArray;

constexpr const char* doveadm = "/usr/bin/doveadm";

/// A program with its standard input and output as the peer.
class PipeStream final : public net::Stream {
  public:
    PipeStream(std::vector<std::string> command, std::vector<std::string> environment,
               const std::string& log) {
        std::array<int, 2> input{};
        std::array<int, 2> output{};
        if (::pipe2(input.data(), O_CLOEXEC) != 0 || ::pipe2(output.data(), O_CLOEXEC) != 0)
            throw std::system_error(errno, std::generic_category(), "pipe2");
        posix_spawn_file_actions_t actions;
        ::posix_spawn_file_actions_init(&actions);
        ::posix_spawn_file_actions_adddup2(&actions, input[0], STDIN_FILENO);
        ::posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
        ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log.c_str(),
                                           O_WRONLY | O_CREAT | O_APPEND, 0600);
        const int failure = ::posix_spawn(&process_, command.front().c_str(), &actions, nullptr,
                                          pointers(command).data(), pointers(environment).data());
        ::posix_spawn_file_actions_destroy(&actions);
        ::close(input[0]);
        ::close(output[1]);
        to_ = input[1];
        from_ = output[0];
        if (failure != 0)
            throw std::system_error(failure, std::generic_category(), command.front());
    }

    PipeStream(const PipeStream&) = delete;
    PipeStream& operator=(const PipeStream&) = delete;

    ~PipeStream() override {
        close();
        ::waitpid(process_, nullptr, 0);
    }

    std::size_t read_some(std::span<char> into) override {
        pollfd ready{from_, POLLIN, 0};
        if (::poll(&ready, 1, 30'000) != 1)
            throw Error(Errc::timeout, "the mail server is silent");
        const auto count = ::read(from_, into.data(), into.size());
        if (count < 0)
            throw Error(Errc::network, "the pipe broke");
        return static_cast<std::size_t>(count);
    }

    void write_all(std::string_view octets) override {
        while (!octets.empty()) {
            const auto count = ::write(to_, octets.data(), octets.size());
            if (count <= 0)
                throw Error(Errc::network, "the pipe broke");
            octets.remove_prefix(static_cast<std::size_t>(count));
        }
    }

    void start_tls() override { throw Error(Errc::tls, "a pipe has no TLS"); }

    void set_timeout(std::chrono::milliseconds) override {}

    void close() noexcept override {
        if (to_ >= 0)
            ::close(to_);
        if (from_ >= 0)
            ::close(from_);
        to_ = from_ = -1;
    }

  private:
    static std::vector<char*> pointers(std::vector<std::string>& texts) {
        std::vector<char*> result;
        for (std::string& text : texts) {
            result.push_back(text.data());
        }
        result.push_back(nullptr);
        return result;
    }

    pid_t process_ = -1;
    int to_ = -1;
    int from_ = -1;
};

/// A mail store of its own. Dovecot serves no mail to root: then it belongs to nobody.
class DovecotSession : public testing::Test {
  protected:
    void SetUp() override {
        if (::access(doveadm, X_OK) == 0)
            return configure();
        const char* const required = std::getenv("MAILKEEP_REQUIRE_DOVECOT");
        if (required && std::string_view(required) == "1")
            FAIL() << "Dovecot is required and not installed";
        GTEST_SKIP() << "Dovecot is not installed";
    }

    [[nodiscard]] ReadSession read_session() const {
        ReadSession session(
            std::make_unique<PipeStream>(
                std::vector<std::string>{doveadm, "-c", directory_ / "conf", "exec", "imap"},
                std::vector<std::string>{"USER=joe", "HOME=" + directory_.path().string()},
                directory_ / "log"),
            Security::plaintext);
        session.greet();
        session.login({"joe", Secret("unused")});  // greeted with PREAUTH
        return session;
    }

    [[nodiscard]] WriteSession write_session() const { return WriteSession(read_session()); }

  private:
    void configure() {
        uid_t user = ::geteuid();
        gid_t group = ::getegid();
        if (user == 0) {
            const passwd* const nobody = ::getpwnam("nobody");
            ASSERT_TRUE(nobody);
            user = nobody->pw_uid;
            group = nobody->pw_gid;
            ASSERT_EQ(::chown(directory_.path().c_str(), user, group), 0);
        }
        const std::string home = directory_.path();
        std::ofstream(directory_ / "conf")
            << "ssl = no\nbase_dir = " << home << "/run\nstate_dir = " << home << "/state\n"
            << "mail_location = maildir:" << home << "/Maildir\nmail_home = " << home << "\n"
            << "mail_uid = " << user << "\nmail_gid = " << group << "\nfirst_valid_uid = 1\n"
            << "first_valid_gid = 1\nmail_fsync = never\nnamespace inbox {\n  inbox = yes\n  "
               "separator = /\n}\n";
        ASSERT_EQ(::chmod((directory_ / "conf").c_str(), 0644), 0);
    }

    test::TempDir directory_;
};

std::string mail(int number) {
    return "From: joe@example.org\r\nSubject: " + std::to_string(number) +
           "\r\n\r\nA1 LOGOUT\r\n)\r\n* BYE {3}\r\n" +
           std::string(static_cast<std::size_t>(number) * 37, 'x') + "\r\n";
}

InternalDate date_of(int number) {
    return {parse_rfc3339("2001-02-03T04:05:06Z").value() + std::chrono::hours(31 * number),
            std::chrono::minutes(60)};
}

constexpr const char* flag_sets[] = {"", "\\Seen", "\\Answered \\Flagged $Forwarded",
                                     "\\Deleted \\Draft NonJunk Work"};

Flags flags_of(int number) {
    return flags_from_text(flag_sets[number % 4]);
}

Appended append(WriteSession& session, const std::string& mailbox, const std::string& raw,
                const Flags& flags, const InternalDate& date) {
    const std::vector<Outgoing> one{{{raw.size(), [raw](const auto& sink) { sink(raw); }},
                                     kept_flags(flags, std::nullopt).kept,
                                     date}};
    session.start(mailbox, one);
    return session.finish();
}

}  // namespace

TEST_F(DovecotSession, gives_back_what_was_appended) {
    constexpr int count = 120;
    const std::string box = encode_mailbox_name("Entwürfe & mehr/日本語");
    WriteSession writing = write_session();
    writing.create(box, {});
    const SelectData selected = writing.select(box);
    std::map<Uid, int> number_by_uid;
    for (int i = 0; i < count; ++i) {
        const auto uids = append(writing, box, mail(i), flags_of(i), date_of(i)).uids;
        ASSERT_TRUE(uids.has_value());
        EXPECT_EQ(uids->uid_validity, selected.uid_validity);
        number_by_uid[uids->uids.to_vector().at(0)] = i;
    }
    writing.logout();

    ReadSession reading = read_session();
    const SelectData examined = reading.examine(box);
    EXPECT_EQ(examined.exists, static_cast<unsigned>(count));
    EXPECT_EQ(examined.uid_validity, selected.uid_validity);
    const std::vector<UidFlags> known = reading.fetch_flags();
    ASSERT_THAT(known, SizeIs(count));
    std::vector<Uid> given;
    const auto missing = reading.fetch_raw(
        known, {.uids = 7, .octets = 20'000, .in_flight = 3}, [&](FetchedMessage&& message) {
            const int i = number_by_uid.at(message.uid);
            given.push_back(message.uid);
            EXPECT_EQ(message.raw, mail(i));
            EXPECT_EQ(message.flags, flags_of(i)) << i;
            EXPECT_EQ(message.internal_date.at, date_of(i).at) << i;
        });
    EXPECT_THAT(missing, IsEmpty());
    EXPECT_THAT(given, SizeIs(count));
    for (const UidFlags& message : known) {
        EXPECT_EQ(message.flags, flags_of(number_by_uid.at(message.uid)));
        EXPECT_EQ(message.size, mail(number_by_uid.at(message.uid)).size());
    }
    // Reading has changed nothing.
    EXPECT_EQ(reading.fetch_flags(), known);
    reading.logout();
}

TEST_F(DovecotSession, takes_many_messages_at_once) {
    constexpr int count = 250;
    std::vector<Outgoing> messages;
    for (int i = 0; i < count; ++i) {
        const std::string raw = mail(i);
        messages.push_back({{raw.size(), [raw](const auto& sink) { sink(raw); }},
                            kept_flags(flags_of(i), std::nullopt).kept,
                            date_of(i)});
    }
    WriteSession writing = write_session();
    std::span<const Outgoing> rest(messages);
    int commands = 0;
    for (; !rest.empty(); ++commands) {
        const auto fitting = writing.fitting("INBOX", rest);
        writing.start("INBOX", rest.first(fitting));
        const auto answer = writing.finish();
        ASSERT_FALSE(answer.is_refused) << answer.reason;
        ASSERT_TRUE(answer.uids.has_value());
        EXPECT_EQ(answer.uids->uids.count(), fitting);
        rest = rest.subspan(fitting);
    }
    EXPECT_LT(commands, 10);
    ReadSession& reading = writing.reading();
    EXPECT_EQ(reading.examine("INBOX").exists, static_cast<unsigned>(count));
    int given = 0;
    static_cast<void>(reading.fetch_raw(reading.fetch_flags(), {}, [&](FetchedMessage&& message) {
        const auto i = static_cast<int>(message.uid) - 1;
        EXPECT_EQ(message.raw, mail(i));
        EXPECT_EQ(message.flags, flags_of(i));
        ++given;
    }));
    EXPECT_EQ(given, count);
    writing.logout();
}

TEST_F(DovecotSession, lists_mailboxes_of_any_name) {
    std::vector<std::string> wanted{"INBOX"};
    WriteSession writing = write_session();
    for (const std::string name : {"a b", "R&D", "100%", "star*", "quote\"d", "back\\slash", "NIL",
                                   "Входящие", "😀", "deep/er/than/five/levels", "(x)", "{3}"}) {
        wanted.push_back(name);
        writing.create(encode_mailbox_name(name), {});
        writing.create(encode_mailbox_name(name), {});  // there already
    }
    std::vector<std::string> listed;
    for (const ListEntry& entry : writing.reading().list()) {
        EXPECT_EQ(entry.delimiter, '/');
        if (!entry.is_selectable())
            continue;
        listed.push_back(entry.name);
        EXPECT_EQ(writing.reading().examine(entry.mailbox).exists, 0U) << entry.name;
    }
    EXPECT_THAT(listed, UnorderedElementsAreArray(wanted));
    EXPECT_EQ(writing.reading().personal_namespace().delimiter, '/');
    writing.logout();
}

TEST_F(DovecotSession, goes_on_after_a_refusal) {
    WriteSession writing = write_session();
    const auto code_of = [](auto&& action) {
        try {
            action();
        } catch (const Error& error) {
            return error.code();
        }
        return Errc::internal;
    };
    EXPECT_EQ(code_of([&] { writing.reading().examine("nowhere"); }), Errc::refused);
    EXPECT_TRUE(append(writing, "nowhere", mail(1), {}, date_of(1)).is_refused);
    EXPECT_EQ(writing.reading().examine("INBOX").exists, 0U);
    EXPECT_THAT(writing.reading().fetch_flags(), IsEmpty());
    writing.logout();
}

TEST_F(DovecotSession, tells_of_messages_that_are_not_there) {
    WriteSession writing = write_session();
    const auto uids = append(writing, "INBOX", mail(1), {}, date_of(1)).uids;
    ASSERT_TRUE(uids.has_value());
    const Uid uid = uids->uids.to_vector().at(0);
    ReadSession& reading = writing.reading();
    reading.examine("INBOX");
    const std::vector<UidFlags> wanted{{uid, {}, 10}, {uid + 1, {}, 10}};
    int given = 0;
    const auto missing = reading.fetch_raw(wanted, {}, [&](FetchedMessage&&) { ++given; });
    EXPECT_EQ(given, 1);
    ASSERT_THAT(missing, SizeIs(1));
    EXPECT_EQ(missing[0].uid, uid + 1);
    writing.logout();
}

TEST_F(DovecotSession, keeps_dates_it_can_keep) {
    WriteSession writing = write_session();
    const InternalDate early{parse_rfc3339("1950-06-01T00:00:00Z").value(), {}};
    EXPECT_FALSE(append(writing, "INBOX", mail(1), {}, early).is_refused);
    ReadSession& reading = writing.reading();
    reading.examine("INBOX");
    const auto missing = reading.fetch_raw(
        reading.fetch_flags(), {},
        [&](FetchedMessage&& message) { EXPECT_EQ(message.internal_date.at, Timestamp()); });
    EXPECT_THAT(missing, IsEmpty());
    writing.logout();
}

}  // namespace mailkeep::imap
