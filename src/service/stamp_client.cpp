// SPDX-License-Identifier: Apache-2.0
#include "stamp_client.hpp"

#include "mailkeep/base/error.hpp"

#include <Poco/Exception.h>
#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/RejectCertificateHandler.h>
#include <Poco/Net/SSLException.h>
#include <Poco/Net/SSLManager.h>
#include <Poco/URI.h>

#include <istream>
#include <memory>
#include <mutex>
#include <ostream>

namespace mailkeep::service {

namespace {

constexpr long patience_seconds = 30;
constexpr std::size_t most_octets = std::size_t{1} << 20;

/// Certificates are checked against those of the system, names too; nobody is asked.
Poco::Net::Context::Ptr make_trust() {
    static std::once_flag once;
    std::call_once(once, [] {
        Poco::Net::initializeSSL();
        const Poco::SharedPtr<Poco::Net::InvalidCertificateHandler> handler(
            new Poco::Net::RejectCertificateHandler(false));
        Poco::Net::SSLManager::instance().initializeClient(
            nullptr, handler,
            new Poco::Net::Context(Poco::Net::Context::TLS_CLIENT_USE, "",
                                   Poco::Net::Context::VERIFY_STRICT, 9, true));
    });
    return Poco::Net::SSLManager::instance().defaultClientContext();
}

std::unique_ptr<Poco::Net::HTTPClientSession> open_session(const Poco::URI& url) {
    if (url.getHost().empty() || (url.getScheme() != "http" && url.getScheme() != "https")) {
        throw Error(Errc::invalid, "\"" + url.toString() + "\" is no http(s) address",
                    "Give the authority's address, such as https://tsa.example/");
    }
    std::unique_ptr<Poco::Net::HTTPClientSession> session;
    if (url.getScheme() == "https") {
        session = std::make_unique<Poco::Net::HTTPSClientSession>(url.getHost(), url.getPort(),
                                                                  make_trust());
    } else {
        session = std::make_unique<Poco::Net::HTTPClientSession>(url.getHost(), url.getPort());
    }
    session->setTimeout(Poco::Timespan(patience_seconds, 0));
    return session;
}

std::string read_all(std::istream& answer) {
    std::string body(most_octets + 1, '\0');
    answer.read(body.data(), static_cast<std::streamsize>(body.size()));
    body.resize(static_cast<std::size_t>(answer.gcount()));
    if (body.size() > most_octets) {
        throw Error(Errc::protocol, "the time stamping authority's answer is too long");
    }
    return body;
}

std::string ask(const Poco::URI& url, std::string_view query) {
    const auto session = open_session(url);
    const auto path = url.getPathAndQuery();
    Poco::Net::HTTPRequest request(Poco::Net::HTTPRequest::HTTP_POST, path.empty() ? "/" : path,
                                   Poco::Net::HTTPMessage::HTTP_1_1);
    request.setContentType("application/timestamp-query");
    request.setContentLength64(static_cast<Poco::Int64>(query.size()));
    session->sendRequest(request).write(query.data(), static_cast<std::streamsize>(query.size()));
    Poco::Net::HTTPResponse response;
    auto& answer = session->receiveResponse(response);
    if (response.getStatus() != Poco::Net::HTTPResponse::HTTP_OK) {
        throw Error(Errc::refused, "the time stamping authority answered " +
                                       std::to_string(static_cast<int>(response.getStatus())) +
                                       " " + response.getReason());
    }
    return read_all(answer);
}

}  // namespace

std::string post_time_stamp_query(const std::string& url, std::string_view query) {
    const auto text = [&](const Poco::Exception& error) {
        return "cannot reach the time stamping authority " + url + ": " + error.displayText();
    };
    constexpr const char* hint = "The log stays as it is; stamp it later.";
    try {
        return ask(Poco::URI(url), query);
    } catch (const Poco::SyntaxException& error) {
        throw Error(Errc::invalid, "\"" + url + "\" is no http(s) address: " + error.displayText());
    } catch (const Poco::Net::SSLException& error) {
        throw Error(Errc::tls, text(error), hint);
    } catch (const Poco::TimeoutException& error) {
        throw Error(Errc::timeout, text(error), hint);
    } catch (const Poco::Exception& error) {
        throw Error(Errc::network, text(error), hint);
    }
}

}  // namespace mailkeep::service
