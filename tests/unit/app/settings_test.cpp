// SPDX-License-Identifier: Apache-2.0
// Which of flag, environment, file and default wins, and what is no value.
#include "mailkeep/base/error.hpp"

#include "settings.hpp"
#include "support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace mailkeep::app {

namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

const Environment at_home{{"HOME", "/home/me"}};

Settings resolved(const Invocation& invocation, const Environment& environment) {
    return resolve_settings(invocation, environment, "/work");
}

Settings with_variable(const std::string& name, const std::string& value) {
    return resolved({}, {{"HOME", "/home/me"}, {name, value}});
}

TEST(Settings, find_the_key_file_beside_the_caller) {
    EXPECT_TRUE(resolved({}, at_home).key_file.empty());
    EXPECT_EQ(with_variable("MAILKEEP_KEY_FILE", "keys/a").key_file, "/work/keys/a");
}

class WithFile : public testing::Test {
  protected:
    Invocation file_with(const std::string& text) {
        std::ofstream(folder_ / "keep.toml") << text;
        Invocation invocation;
        invocation.config = folder_ / "keep.toml";
        return invocation;
    }

  private:
    test::TempDir folder_;
};

TEST(Settings, have_a_default_each) {
    const auto settings = resolved({}, at_home);
    EXPECT_EQ(settings.data, "/home/me/.local/share/mailkeep");
    EXPECT_EQ(settings.listen.host, "127.0.0.1");
    EXPECT_EQ(settings.listen.port, 8025);
    EXPECT_EQ(settings.log_level, LogLevel::warning);
    EXPECT_EQ(settings.workers, 2U);
    EXPECT_EQ(settings.connections, 4U);
    EXPECT_EQ(settings.compression, imap::Compression::automatic);
}

TEST(Settings, follow_the_xdg_folder) {
    EXPECT_EQ(with_variable("XDG_DATA_HOME", "/xdg").data, "/xdg/mailkeep");
    EXPECT_EQ(with_variable("XDG_DATA_HOME", "").data, "/home/me/.local/share/mailkeep");
}

TEST(Settings, want_to_be_told_where_the_archive_is_without_a_home) {
    EXPECT_THROW(static_cast<void>(resolved({}, {})), Error);
}

TEST_F(WithFile, flag_wins_over_environment_over_file) {
    auto invocation = file_with("data = '/file'\nworkers = 3\nlog_level = 'debug'\n");
    invocation.settings["data"] = "flag";
    const auto settings =
        resolved(invocation, {{"MAILKEEP_DATA", "/environment"}, {"MAILKEEP_WORKERS", "5"}});
    EXPECT_EQ(settings.data, "/work/flag");
    EXPECT_EQ(settings.workers, 5U);
    EXPECT_EQ(settings.log_level, LogLevel::debug);
}

TEST_F(WithFile, name_comes_from_the_environment_too) {
    const auto path = file_with("workers = 3\n").config->string();
    EXPECT_EQ(with_variable("MAILKEEP_CONFIG", path).workers, 3U);
}

TEST_F(WithFile, compression_is_a_word_of_three) {
    EXPECT_EQ(resolved(file_with("compress = 'yes'\n"), at_home).compression,
              imap::Compression::always);
    EXPECT_EQ(with_variable("MAILKEEP_COMPRESS", "no").compression, imap::Compression::never);
}

TEST_F(WithFile, attachments_are_read_unless_told_otherwise) {
    const auto found = with_variable("PATH", "/none:/usr/bin").extraction;
    ASSERT_TRUE(found);
    EXPECT_EQ(found->program, "/proc/self/exe");
    EXPECT_FALSE(with_variable("MAILKEEP_EXTRACT", "false").extraction);
    EXPECT_FALSE(resolved(file_with("extract = false\n"), at_home).extraction);
    EXPECT_TRUE(resolved(file_with("extract = true\n"), at_home).extraction);
}

TEST_F(WithFile, complaints_name_file_and_line) {
    const auto complaint = [&](const std::string& text, const std::string& part) {
        const auto invocation = file_with(text);
        EXPECT_THAT([&] { static_cast<void>(resolved(invocation, at_home)); },
                    ThrowsMessage<Error>(HasSubstr(part)));
    };
    complaint("workers = 3\ndata = \n", "keep.toml:2");
    complaint("workers = 3\ndata = [1]\n",
              "keep.toml:2: data wants a text, a whole number, true or false");
    complaint("wokers = 3\n", "there is no setting wokers");
    complaint("workers = 'many'\n", "keep.toml) is no value for workers");
    complaint("compress = 'maybe'\n", "keep.toml) is no value for compress");
    complaint("extract = 'no'\n", "keep.toml) is no value for extract");
    complaint("connections = 5\n", "keep.toml) is no value for connections");
}

TEST_F(WithFile, a_replica_is_what_deleting_waits_for_unless_told_otherwise) {
    const auto set = resolved(file_with("replica = 'second'\n"), at_home).replica;
    ASSERT_TRUE(set);
    EXPECT_EQ(set->folder, "/work/second");
    EXPECT_TRUE(set->deletes_wait);
    const auto patient =
        resolved(file_with("replica = '/r'\ndelete_needs_replica = false\n"), at_home).replica;
    ASSERT_TRUE(patient);
    EXPECT_FALSE(patient->deletes_wait);
    EXPECT_FALSE(resolved({}, at_home).replica);
    EXPECT_THROW(static_cast<void>(with_variable("MAILKEEP_DELETE_NEEDS_REPLICA", "true")), Error);
    EXPECT_THROW(static_cast<void>(with_variable("MAILKEEP_DELETE_NEEDS_REPLICA", "maybe")), Error);
}

TEST_F(WithFile, not_being_there_is_told) {
    Invocation invocation;
    invocation.config = "/not/there.toml";
    EXPECT_THAT([&] { static_cast<void>(resolved(invocation, at_home)); },
                ThrowsMessage<Error>(HasSubstr("/not/there.toml")));
}

TEST(Settings, read_host_and_port) {
    EXPECT_EQ(with_variable("MAILKEEP_LISTEN", "0.0.0.0:80").listen.host, "0.0.0.0");
    EXPECT_EQ(with_variable("MAILKEEP_LISTEN", "[::1]:443").listen.host, "::1");
    EXPECT_EQ(with_variable("MAILKEEP_LISTEN", "[::1]:443").listen.port, 443);
    EXPECT_EQ(with_variable("MAILKEEP_LISTEN", "localhost:0").listen.port, 0);
}

TEST(Settings, read_names_after_commas) {
    EXPECT_EQ(with_variable("MAILKEEP_HOST_NAMES", "mail.example.org, , keep").listen.names,
              (std::vector<std::string>{"mail.example.org", "keep"}));
}

struct Unfit {
    std::string name;
    std::string value;
};

class UnfitSettings : public testing::TestWithParam<Unfit> {};

TEST_P(UnfitSettings, are_refused_by_name_and_place) {
    EXPECT_THAT(
        [&] { static_cast<void>(with_variable(GetParam().name, GetParam().value)); },
        ThrowsMessage<Error>(HasSubstr("\"" + GetParam().value + "\" ($" + GetParam().name + ")")));
}

INSTANTIATE_TEST_SUITE_P(
    Settings, UnfitSettings,
    testing::Values(Unfit{"MAILKEEP_LISTEN", "8025"}, Unfit{"MAILKEEP_LISTEN", ":8025"},
                    Unfit{"MAILKEEP_LISTEN", "localhost:"}, Unfit{"MAILKEEP_LISTEN", "host:65536"},
                    Unfit{"MAILKEEP_LISTEN", "::1:80"}, Unfit{"MAILKEEP_WORKERS", "0"},
                    Unfit{"MAILKEEP_WORKERS", "33"}, Unfit{"MAILKEEP_WORKERS", "-1"},
                    Unfit{"MAILKEEP_LOG_LEVEL", "loud"}));

TEST(Settings, let_the_service_tell_what_it_does) {
    Invocation invocation;
    invocation.command = Serve{};
    EXPECT_EQ(resolved(invocation, at_home).log_level, LogLevel::info);
    invocation.verbosity = Verbosity::quiet;
    EXPECT_EQ(resolved(invocation, at_home).log_level, LogLevel::error);
    invocation.verbosity = Verbosity::verbose;
    EXPECT_EQ(resolved(invocation, at_home).log_level, LogLevel::debug);
}

}  // namespace

}  // namespace mailkeep::app
