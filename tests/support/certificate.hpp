// SPDX-License-Identifier: Apache-2.0
// Certificates made while a test runs: an authority and what it signs.
#pragma once

#include <chrono>
#include <memory>
#include <string>

namespace mailkeep::test {

/// A certificate with its key, both PEM.
struct Identity {
    std::string certificate;
    std::string key;
    std::string fingerprint;  ///< SHA-256, lower-case hex
};

struct Validity {
    std::chrono::hours from{-24};  ///< relative to now
    std::chrono::hours until{24};
};

class Authority {
  public:
    Authority();
    ~Authority();
    Authority(const Authority&) = delete;
    Authority& operator=(const Authority&) = delete;

    /// Its own certificate, PEM.
    [[nodiscard]] std::string certificate() const;

    /// names as in a subjectAltName: "DNS:localhost,IP:127.0.0.1".
    [[nodiscard]] Identity issue(const std::string& names, Validity validity = {}) const;

  private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace mailkeep::test
