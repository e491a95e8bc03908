static const int piece1 = 1;
