#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/strand.hpp>
#include <memory>
using boost::asio::ip::tcp;
struct Session : std::enable_shared_from_this<Session> {
    explicit Session(tcp::socket s) : socket(std::move(s)) {}
    void run() { boost::asio::async_read_until(socket, buffer, '\n', [self = shared_from_this()](auto error, std::size_t) { if (!error) self->run(); }); }
    tcp::socket socket; boost::asio::streambuf buffer;
};
int main() { boost::asio::io_context context; std::make_shared<Session>(tcp::socket(context)); return 0; }
