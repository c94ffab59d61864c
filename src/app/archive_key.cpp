// SPDX-License-Identifier: Apache-2.0
#include "archive_key.hpp"

#include "mailkeep/archive/archive.hpp"
#include "mailkeep/base/crypto.hpp"
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"

#include "commands.hpp"
#include "secret_input.hpp"
#include "signals.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace mailkeep::app {

namespace fs = std::filesystem;

namespace {

constexpr const char* credential_name = "mailkeep-key";
constexpr std::size_t key_file_octets = 32;

Secret secret_from_file(const fs::path& path, const Environment& environment) {
    return *read_secret({{SecretSource::Kind::file, path.string()}, {}, SecretWish::Kind::required},
                        environment);
}

/// Error{authentication} instead of the complaint about a password that nobody asked for.
void require_terminal() {
    const int terminal = ::open("/dev/tty", O_RDWR | O_CLOEXEC);
    if (terminal < 0) {
        throw Error(Errc::authentication, "the archive is encrypted, and no key was given",
                    "Give --key-file FILE or set MAILKEEP_KEY_FILE, or run it on a terminal and "
                    "type the passphrase.");
    }
    ::close(terminal);
}

Secret find_passphrase(const Settings& settings, const Environment& environment) {
    if (!settings.key_file.empty()) {
        return secret_from_file(settings.key_file, environment);
    }
    if (const auto folder = environment.find("CREDENTIALS_DIRECTORY");
        folder != environment.end()) {
        const auto credential = fs::path(folder->second) / credential_name;
        std::error_code ignored;
        if (fs::exists(credential, ignored)) {
            return secret_from_file(credential, environment);
        }
    }
    require_terminal();
    return *read_secret({{SecretSource::Kind::prompt, {}},
                         "Passphrase of the archive in " + settings.data.string(),
                         SecretWish::Kind::required},
                        environment);
}

[[noreturn]] void fail_to_make(const fs::path& path) {
    throw Error(Errc::storage,
                "cannot make the key file " + path.string() + ": " + std::strerror(errno),
                "Name a file in a folder that is there and that you may write to.");
}

/// On the disk before anything is encrypted under it.
void make_key_file(const fs::path& path) {
    auto text = to_hex(random_octets(key_file_octets)) + "\n";
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) {
        fail_to_make(path);
    }
    const bool is_kept =
        ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
        ::fsync(file) == 0;
    ::close(file);
    wipe(text);
    const int folder = ::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool is_listed = folder >= 0 && ::fsync(folder) == 0;
    if (folder >= 0) {
        ::close(folder);
    }
    if (!is_kept || !is_listed) {
        fail_to_make(path);
    }
}

archive::FirstSlot first_slot(const Init& command, Context& context) {
    const auto environment = own_environment();
    const auto& key_file = context.settings.key_file;
    const bool has_other_source = command.passphrase.kind != SecretSource::Kind::unset;
    if (key_file.empty()) {
        return {"passphrase",
                *read_secret({command.passphrase, "Passphrase for the new archive",
                              SecretWish::Kind::chosen},
                             environment),
                {}};
    }
    if (has_other_source) {
        throw Error(Errc::invalid, "a key file and a passphrase were given",
                    "Make the archive with one of them, then add the other: mailkeep key add NAME");
    }
    std::error_code ignored;
    if (!fs::exists(key_file, ignored)) {
        make_key_file(key_file);
        context.out.say("Made the key file " + key_file.string());
    }
    return {"key-file", secret_from_file(key_file, environment), {}};
}

}  // namespace

archive::DataKey find_archive_key(const Settings& settings, const Environment& environment) {
    if (archive::is_encrypted(settings.data)) {
        hide_memory();
        return archive::unlock(settings.data, find_passphrase(settings, environment));
    }
    if (!settings.key_file.empty()) {
        throw Error(Errc::invalid,
                    "a key file was given, but the archive in " + settings.data.string() +
                        " is not encrypted",
                    "Leave it out ($MAILKEEP_KEY_FILE too) if the archive never was. If it was, "
                    "somebody has changed its file ARCHIVE: copy that back from a replica.");
    }
    return {};
}

archive::DataKey make_encrypted_archive(const Init& command, Context& context) {
    hide_memory();
    const auto& data = context.settings.data;
    std::error_code ignored;
    if (fs::exists(data / "ARCHIVE", ignored)) {
        throw Error(Errc::conflict, "there is an archive in " + data.string() + " already",
                    "Use it as it is, or name another folder with --data.");
    }
    const auto slot = first_slot(command, context);
    auto key = archive::make_data_key();
    archive::Archive::create(data, key, slot);
    context.out.note("Without its key nobody can read this archive, not even you. Keep a copy of " +
                     (context.settings.key_file.empty() ? std::string("the passphrase")
                                                        : context.settings.key_file.string()) +
                     " elsewhere, or add a second one: mailkeep key add NAME");
    return key;
}

}  // namespace mailkeep::app
