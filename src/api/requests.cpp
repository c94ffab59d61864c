// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/api/requests.hpp"

#include "mailkeep/base/crypto.hpp"
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"

#include "tree.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <initializer_list>

namespace mailkeep::api {

namespace {

constexpr int most_nesting = 8;

[[noreturn]] void refuse(const std::string& text) {
    throw Error(Errc::invalid, text);
}

/// The members of one request; each is taken out once, and what nobody took is a fault.
class Members {
  public:
    explicit Members(std::string_view text) {
        const auto no_deep_nesting = [](int depth, Json::parse_event_t, const Json&) {
            if (depth > most_nesting) {
                refuse("The body is nested too deeply.");
            }
            return true;
        };
        json_ = Json::parse(text, no_deep_nesting, false);
        if (!json_.is_object()) {
            refuse("The body is not a JSON object.");
        }
    }

    [[nodiscard]] std::string text(const char* name) {
        const Json value = take(name);
        if (value.is_null()) {
            return {};
        }
        if (!value.is_string()) {
            refuse(fmt::format("\"{}\" is not a text.", name));
        }
        return value.get<std::string>();
    }

    [[nodiscard]] std::string required_text(const char* name) {
        std::string value = text(name);
        if (value.empty()) {
            refuse(fmt::format("\"{}\" is missing.", name));
        }
        return value;
    }

    /// The copy in the tree is wiped.
    [[nodiscard]] Secret secret(const char* name) {
        Json value = take(name);
        if (!value.is_string()) {
            refuse(fmt::format("\"{}\" is missing or not a text.", name));
        }
        auto& text = value.get_ref<std::string&>();
        Secret secret(text);
        wipe(text);
        return secret;
    }

    [[nodiscard]] std::vector<std::string> texts(const char* name) {
        return optional_texts(name).value_or(std::vector<std::string>{});
    }

    [[nodiscard]] std::optional<std::vector<std::string>> optional_texts(const char* name) {
        const Json value = take(name);
        if (value.is_null()) {
            return std::nullopt;
        }
        const bool is_list =
            value.is_array() && std::all_of(value.begin(), value.end(),
                                            [](const Json& item) { return item.is_string(); });
        if (!is_list) {
            refuse(fmt::format("\"{}\" is not a list of texts.", name));
        }
        return value.get<std::vector<std::string>>();
    }

    /// 0 when it is not there.
    [[nodiscard]] std::uint64_t number(const char* name) {
        const Json value = take(name);
        if (value.is_null()) {
            return 0;
        }
        constexpr auto most = std::uint64_t{INT64_MAX};
        if (!value.is_number_unsigned() || value.get<std::uint64_t>() > most) {
            refuse(fmt::format("\"{}\" is not a number.", name));
        }
        return value.get<std::uint64_t>();
    }

    [[nodiscard]] bool truth(const char* name) {
        const Json value = take(name);
        if (value.is_null()) {
            return false;
        }
        if (!value.is_boolean()) {
            refuse(fmt::format("\"{}\" is neither true nor false.", name));
        }
        return value.get<bool>();
    }

    void require_no_more() const {
        if (json_.empty()) {
            return;
        }
        const std::string name = to_valid_utf8(clip(json_.begin().key(), 60));
        refuse(fmt::format("\"{}\" is not known here.", name));
    }

  private:
    [[nodiscard]] Json take(const char* name) {
        const auto found = json_.find(name);
        if (found == json_.end()) {
            return {};
        }
        Json value = std::move(*found);
        json_.erase(found);
        return value;
    }

    Json json_;
};

bool is_loopback(const std::string& host) {
    const bool is_numeric = host.find_first_not_of("0123456789.") == std::string::npos;
    return host == "localhost" || host == "::1" || (is_numeric && host.starts_with("127."));
}

Server take_server(Members& members) {
    Server server = server_from_url(members.required_text("url"));
    server.ca_file = members.text("ca_file");
    server.tls_fingerprint = members.text("tls_fingerprint");
    if (members.truth("insecure_plaintext")) {
        if (!is_loopback(server.host)) {
            refuse("\"insecure_plaintext\" is for loopback only.");
        }
        server.security = Security::plaintext;
    }
    return server;
}

DeletePolicy default_policy(Protocol protocol) {
    if (protocol == Protocol::imap) {
        return {};
    }
    return {.kind = DeletePolicy::Kind::archived};
}

RetentionPolicy take_retention(Members& members) {
    RetentionPolicy policy;
    if (const std::string keep = members.text("keep"); !keep.empty()) {
        policy.keep = keep_rule_from_text(keep);
    }
    if (const std::string name = members.text("keep_from"); !name.empty()) {
        const auto from = keep_from_named(name);
        if (!from) {
            refuse("\"keep_from\" is neither ingest nor internal-date.");
        }
        policy.from = *from;
    }
    for (const auto& rule : members.texts("keep_mailboxes")) {
        policy.mailboxes.push_back(mailbox_rule_from_text(rule));
    }
    return policy;
}

void take_login(Members& members, Account& account) {
    if (const std::string name = members.text("auth"); !name.empty()) {
        const auto auth = auth_named(name);
        if (!auth) {
            refuse("\"auth\" is none of auto, password, apop, oauth.");
        }
        account.auth = *auth;
    }
    account.oauth.client_id = members.text("oauth_client_id");
    account.oauth.token_url = members.text("oauth_token_url");
}

}  // namespace

SignInRequest sign_in_request(std::string_view json) {
    Members members(json);
    SignInRequest request{members.required_text("user"), members.secret("password")};
    members.require_no_more();
    return request;
}

SetupRequest setup_request(std::string_view json) {
    Members members(json);
    SetupRequest request{members.required_text("code"), members.required_text("user"),
                         members.secret("password")};
    members.require_no_more();
    return request;
}

AccountRequest account_request(std::string_view json) {
    Members members(json);
    AccountRequest request;
    Account& account = request.account;
    account.name = members.required_text("name");
    account.server = take_server(members);
    account.include = members.texts("include");
    account.exclude = members.texts("exclude");
    if (const auto names = members.optional_texts("watch")) {
        account.watch = names->empty() ? *names : watch_from_names(*names);
    }
    if (const std::string every = members.text("schedule"); !every.empty()) {
        account.schedule = schedule_from_text(every);
    }
    const std::string policy = members.text("delete_from_server");
    account.delete_policy =
        policy.empty() ? default_policy(account.server.protocol) : delete_policy_from_text(policy);
    account.retention = take_retention(members);
    take_login(members, account);
    request.password = members.secret("password");
    members.require_no_more();
    return request;
}

ServerRequest server_request(std::string_view json) {
    Members members(json);
    ServerRequest request;
    request.server = take_server(members);
    request.password = members.secret("password");
    members.require_no_more();
    return request;
}

std::string upload_name(std::string_view json) {
    Members members(json);
    std::string name = members.required_text("name");
    members.require_no_more();
    return name;
}

ImportRequest import_request(std::string_view json) {
    Members members(json);
    ImportRequest request;
    request.account = members.required_text("account");
    request.upload = members.required_text("upload");
    request.import.mailbox = members.text("mailbox");
    if (const std::string name = members.text("format"); !name.empty()) {
        const auto format = files::format_named(name);
        if (!format) {
            refuse(
                "\"format\" is none of auto, mbox, mboxo, mboxrd, mboxcl, mboxcl2, maildir, eml.");
        }
        request.import.format = *format;
    }
    members.require_no_more();
    return request;
}

RestoreRequest restore_request(std::string_view json) {
    Members members(json);
    RestoreRequest request;
    request.to_account = AccountId{static_cast<std::int64_t>(members.number("to_account"))};
    if (!request.to_account) {
        request.target.server = take_server(members);
        request.target.password = members.secret("password");
        if (request.target.server.protocol != Protocol::imap) {
            refuse("Mail can be given back to an IMAP server only.");
        }
    }
    request.account = members.text("account");
    catalog::Selection& selection = request.restore.selection;
    selection.query = catalog::SearchQuery::parse(members.text("query"));
    selection.mailboxes = members.texts("mailboxes");
    if (const std::string as_of = members.text("as_of"); !as_of.empty()) {
        selection.as_of = parse_rfc3339(as_of);
        if (!selection.as_of) {
            refuse("\"as_of\" is not a time (RFC 3339).");
        }
    }
    request.restore.prefix = members.text("prefix");
    if (members.truth("dry_run")) {
        request.restore.effect = sync::Effect::dry_run;
    }
    if (members.truth("allow_alterations")) {
        request.restore.alterations = sync::Alterations::allowed;
    }
    request.restore.verifies = members.truth("verify");
    members.require_no_more();
    return request;
}

}  // namespace mailkeep::api
