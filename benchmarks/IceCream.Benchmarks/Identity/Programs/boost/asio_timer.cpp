#include <boost/asio.hpp>
int main() {
    boost::asio::io_context context; boost::asio::steady_timer timer(context, std::chrono::milliseconds(1)); int n = 1;
    timer.async_wait([&](boost::system::error_code) { n = 0; });
    context.run();
    return n;
}
