#define BOOST_ASIO_SEPARATE_COMPILATION
#include <boost/asio/impl/src.hpp>
#include <boost/asio/signal_set.hpp>
int main() { boost::asio::io_context context; return context.run(); }
