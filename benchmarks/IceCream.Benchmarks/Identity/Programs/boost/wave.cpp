#include <boost/wave/token_ids.hpp>
#include <boost/wave/cpp_context.hpp>
#include <boost/wave/cpplexer/cpp_lex_token.hpp>
#include <boost/wave/cpplexer/cpp_lex_iterator.hpp>
#include <string>
using Token = boost::wave::cpplexer::lex_token<>;
using Context = boost::wave::context<std::string::iterator, boost::wave::cpplexer::lex_iterator<Token>>;
int size() { return sizeof(Context); }
