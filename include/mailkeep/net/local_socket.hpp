// SPDX-License-Identifier: Apache-2.0
// A Unix socket in the file system, mode 0600: how a command reaches the service of an archive.
#pragma once

#include "mailkeep/net/stream.hpp"

#include <filesystem>
#include <memory>
#include <stop_token>

namespace mailkeep::net {

/// Nothing when nobody listens there. start_tls is not supported; the time-out is a minute until
/// set_timeout().
[[nodiscard]] std::unique_ptr<Stream> connect_local(const std::filesystem::path& path);

/// Makes the socket and removes it at the end. A stale one is replaced; Error{in_use} when another
/// process answers there, Error{storage} when the socket cannot be made. One thread.
class LocalListener {
  public:
    explicit LocalListener(const std::filesystem::path& path);
    ~LocalListener();
    LocalListener(const LocalListener&) = delete;
    LocalListener& operator=(const LocalListener&) = delete;

    /// The next peer; nothing once stop is requested.
    [[nodiscard]] std::unique_ptr<Stream> accept(const std::stop_token& stop);

  private:
    std::filesystem::path path_;
    int descriptor_ = -1;
};

}  // namespace mailkeep::net
