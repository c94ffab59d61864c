// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/service/vault.hpp"

#include "mailkeep/base/crypto.hpp"
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>

namespace mailkeep::service {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t key_size = 32;

[[noreturn]] void fail(const fs::path& file, std::string_view deed) {
    throw Error(Errc::storage, "cannot " + std::string(deed) + " the master key " + file.string() +
                                   ": " + std::strerror(errno));
}

/// A descriptor that closes itself.
class File {
  public:
    File(const fs::path& path, int flags)
        : descriptor_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}

    ~File() {
        if (descriptor_ >= 0) {
            ::close(descriptor_);
        }
    }

    File(const File&) = delete;
    File& operator=(const File&) = delete;

    [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }

    [[nodiscard]] int descriptor() const { return descriptor_; }

  private:
    int descriptor_;
};

/// The key file is 64 hex digits, so that it can be written down and typed in.
std::string key_from(const fs::path& path) {
    const File file(path, O_RDONLY);

    struct stat status {};

    if (!file.is_open() || ::fstat(file.descriptor(), &status) != 0) {
        fail(path, "open");
    }
    if ((status.st_mode & 077U) != 0 && std::getenv("CREDENTIALS_DIRECTORY") == nullptr) {
        throw Error(Errc::invalid, "others may read the master key " + path.string(),
                    "Run: chmod 600 " + path.string());
    }
    std::string text(256, '\0');
    const auto size = ::read(file.descriptor(), text.data(), text.size());
    if (size < 0) {
        fail(path, "read");
    }
    text.resize(static_cast<std::size_t>(size));
    auto key = from_hex(trim(text));
    wipe(text);
    if (!key || key->size() != key_size) {
        throw Error(Errc::invalid, path.string() + " does not hold a master key",
                    "It must be 64 hex digits. Without the right key, give each account its "
                    "password again: mailkeep account set NAME --password-stdin");
    }
    return *key;
}

/// Complete under another name first: a crash must not leave half a key behind.
void make_key(const fs::path& path) {
    fs::create_directories(path.parent_path());
    fs::permissions(path.parent_path(), fs::perms::owner_all);
    auto draft = path;
    draft += ".new";
    fs::remove(draft);
    auto text = to_hex(random_octets(key_size)) + "\n";
    {
        const File file(draft, O_WRONLY | O_CREAT | O_EXCL);
        if (!file.is_open() ||
            ::write(file.descriptor(), text.data(), text.size()) !=
                static_cast<ssize_t>(text.size()) ||
            ::fsync(file.descriptor()) != 0) {
            fail(draft, "write");
        }
    }
    wipe(text);
    fs::rename(draft, path);
    const File folder(path.parent_path(), O_RDONLY | O_DIRECTORY);
    if (!folder.is_open() || ::fsync(folder.descriptor()) != 0) {
        fail(path, "sync");
    }
}

std::optional<fs::path> given_key_file() {
    if (const char* folder = std::getenv("CREDENTIALS_DIRECTORY")) {
        const auto path = fs::path(folder) / "master.key";
        if (fs::exists(path)) {
            return path;
        }
    }
    if (const char* path = std::getenv("MAILKEEP_MASTER_KEY_FILE")) {
        return path;
    }
    return std::nullopt;
}

fs::path own_key_file(const fs::path& data) {
    return data / "keys" / "master.key";
}

std::string bound_to(AccountId account, std::string_view field) {
    return "account " + std::to_string(account.value) + " " + std::string(field);
}

constexpr std::string_view purpose = "mailkeep account secrets";

}  // namespace

Vault::Vault(const fs::path& data, const Secret& archive_key) {
    if (!archive_key.empty()) {
        key_ = derive_key(archive_key.reveal(), "", purpose);
        return;
    }
    try {
        const auto given = given_key_file();
        const auto own = own_key_file(data);
        if (!given && !fs::exists(own)) {
            make_key(own);
        }
        auto master = key_from(given.value_or(own));
        key_ = derive_key(master, "", purpose);
        wipe(master);
    } catch (const fs::filesystem_error& error) {
        throw Error(Errc::storage, std::string("cannot make the master key: ") + error.what());
    }
}

Vault::~Vault() {
    wipe(key_);
}

std::string Vault::seal(AccountId account, std::string_view field, const Secret& secret) const {
    return mailkeep::seal(key_, secret.reveal(), bound_to(account, field));
}

Secret Vault::open(AccountId account, std::string_view field, std::string_view sealed) const {
    auto plain = unseal(key_, sealed, bound_to(account, field));
    if (!plain) {
        throw Error(Errc::corrupt,
                    "the kept password of account " + std::to_string(account.value) +
                        " does not open with this master key",
                    "Give it again: mailkeep account set NAME --password-stdin");
    }
    return Secret(std::move(*plain));
}

Secret vault_key(const archive::Archive& archive) {
    return archive.key_for("mailkeep vault 1");
}

std::vector<archive::Finding> check_vault(const fs::path& data,
                                          const std::vector<Account>& accounts,
                                          const Secret& archive_key) {
    const auto file = archive_key.empty() ? given_key_file().value_or(own_key_file(data)).string()
                                          : std::string("kept passwords");
    std::vector<archive::Finding> findings;
    try {
        if (archive_key.empty() && !fs::exists(file)) {
            return {{file, "the master key is missing; kept passwords cannot be opened"}};
        }
        const Vault vault(data, archive_key);
        for (const auto& account : accounts) {
            if (!account.sealed_password.empty()) {
                static_cast<void>(vault.open(account.id, "password", account.sealed_password));
            }
        }
    } catch (const Error& error) {
        if (error.code() == Errc::storage) {
            throw;  // nobody could look
        }
        findings.push_back({file, error.what()});
    }
    return findings;
}

}  // namespace mailkeep::service
