// SPDX-License-Identifier: Apache-2.0
#include "protection.hpp"

#include "signed_data.hpp"

#include <string_view>

namespace mailkeep::mail {

namespace {

constexpr std::string_view encrypted = "encrypted";

bool has_line(std::string_view text, std::string_view line) {
    const auto at = text.find(line);
    return at == 0 || (at != std::string_view::npos && text[at - 1] == '\n');
}

std::string_view protection_in(const Part& part) {
    const std::string_view type = part.content_type;
    if (type == "application/pgp-encrypted") {
        return "encrypted (PGP)";
    }
    if (type == "application/pgp-signature") {
        return "signed (PGP)";
    }
    if (type == "application/pkcs7-signature" || type == "application/x-pkcs7-signature") {
        return "signed (S/MIME)";
    }
    if (is_pkcs7(type)) {
        return is_signed_data(part.body) ? "signed (S/MIME)" : "encrypted (S/MIME)";
    }
    if (part.role == Role::text && has_line(part.body, "-----BEGIN PGP MESSAGE-----")) {
        return "encrypted (PGP)";
    }
    if (part.role == Role::text && has_line(part.body, "-----BEGIN PGP SIGNED MESSAGE-----")) {
        return "signed (PGP)";
    }
    return {};
}

}  // namespace

bool is_pkcs7(std::string_view content_type) {
    return content_type == "application/pkcs7-mime" || content_type == "application/x-pkcs7-mime";
}

std::string protection_of(const std::vector<Part>& parts) {
    std::string_view found;
    for (const auto& part : parts) {
        const auto protection = part.is_within_message ? std::string_view() : protection_in(part);
        if (found.empty() || protection.starts_with(encrypted)) {
            found = protection.empty() ? found : protection;
        }
    }
    return std::string(found);
}

}  // namespace mailkeep::mail
