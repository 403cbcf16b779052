package dev.lockstep.sql.server;

import java.util.UUID;

/**
 * Names a transaction.
 *
 * @param client whose it is, as its connection says
 * @param number that the client drew
 */
record TransactionKey(UUID client, long number) {}
