// SPDX-License-Identifier: Apache-2.0
#include "http_post.hpp"

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
constexpr int deepest_chain = 9;

/// Certificates are checked, names too; nobody is asked.
Poco::Net::Context::Ptr make_trust(const std::string& ca_file) {
    using Poco::Net::Context;
    static std::once_flag once;
    std::call_once(once, [] {
        Poco::Net::initializeSSL();
        const Poco::SharedPtr<Poco::Net::InvalidCertificateHandler> handler(
            new Poco::Net::RejectCertificateHandler(false));
        Poco::Net::SSLManager::instance().initializeClient(
            nullptr, handler,
            new Context(Context::TLS_CLIENT_USE, "", Context::VERIFY_STRICT, deepest_chain, true));
    });
    if (ca_file.empty()) {
        return Poco::Net::SSLManager::instance().defaultClientContext();
    }
    return new Context(Context::TLS_CLIENT_USE, ca_file, Context::VERIFY_STRICT, deepest_chain,
                       false);
}

std::unique_ptr<Poco::Net::HTTPClientSession> open_session(const Poco::URI& url,
                                                           const PostRequest& request) {
    if (url.getHost().empty() || (url.getScheme() != "http" && url.getScheme() != "https")) {
        throw Error(Errc::invalid, "\"" + request.url + "\" is no http(s) address",
                    "Give the address of " + request.peer + ", such as https://example.org/");
    }
    std::unique_ptr<Poco::Net::HTTPClientSession> session;
    if (url.getScheme() == "https") {
        session = std::make_unique<Poco::Net::HTTPSClientSession>(url.getHost(), url.getPort(),
                                                                  make_trust(request.ca_file));
    } else {
        session = std::make_unique<Poco::Net::HTTPClientSession>(url.getHost(), url.getPort());
    }
    session->setTimeout(Poco::Timespan(patience_seconds, 0));
    return session;
}

std::string read_all(std::istream& answer, const std::string& peer) {
    std::string body(most_octets + 1, '\0');
    answer.read(body.data(), static_cast<std::streamsize>(body.size()));
    body.resize(static_cast<std::size_t>(answer.gcount()));
    if (body.size() > most_octets) {
        throw Error(Errc::protocol, "the answer of " + peer + " is too long");
    }
    return body;
}

PostAnswer ask(const PostRequest& request) {
    using Poco::Net::HTTPRequest;
    const Poco::URI url(request.url);
    const auto session = open_session(url, request);
    const auto path = url.getPathAndQuery();
    HTTPRequest head(HTTPRequest::HTTP_POST, path.empty() ? "/" : path, HTTPRequest::HTTP_1_1);
    head.setContentType(request.content_type);
    head.setContentLength64(static_cast<Poco::Int64>(request.body.size()));
    session->sendRequest(head).write(request.body.data(),
                                     static_cast<std::streamsize>(request.body.size()));
    Poco::Net::HTTPResponse response;
    auto& answer = session->receiveResponse(response);
    return {static_cast<int>(response.getStatus()), response.getReason(),
            read_all(answer, request.peer)};
}

}  // namespace

PostAnswer post(const PostRequest& request) {
    const auto text = [&](const Poco::Exception& error) {
        return "cannot reach " + request.peer + " " + request.url + ": " + error.displayText();
    };
    try {
        return ask(request);
    } catch (const Poco::SyntaxException& error) {
        throw Error(Errc::invalid,
                    "\"" + request.url + "\" is no http(s) address: " + error.displayText());
    } catch (const Poco::Net::SSLException& error) {
        throw Error(Errc::tls, text(error), request.retry_hint);
    } catch (const Poco::TimeoutException& error) {
        throw Error(Errc::timeout, text(error), request.retry_hint);
    } catch (const Poco::Exception& error) {
        throw Error(Errc::network, text(error), request.retry_hint);
    }
}

}  // namespace mailkeep::service
