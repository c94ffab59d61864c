// SPDX-License-Identifier: Apache-2.0
// The fuzz targets as functions: each takes any octets, says at its definition what must hold, and
// breaks a promise (MAILKEEP_ASSERT) when it does not.
#pragma once

#include <string_view>

namespace mailkeep::fuzz {

void attachment(std::string_view octets);
void imap_command(std::string_view octets);
void imap_response(std::string_view octets);
void imap_session(std::string_view octets);
void mailbox_name(std::string_view octets);
void mbox(std::string_view octets);
void mime_message(std::string_view octets);
void pop3_answer(std::string_view octets);
void pop3_session(std::string_view octets);
void segments(std::string_view octets);

}  // namespace mailkeep::fuzz
