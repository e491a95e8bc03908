#include <boost/beast/http.hpp>
#include <boost/beast/core.hpp>
#include <sstream>
namespace http = boost::beast::http;
int main() { http::request<http::string_body> r{http::verb::get, "/", 11}; r.set(http::field::host, "a"); std::ostringstream s; s << r; return s.str().empty(); }
