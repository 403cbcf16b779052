package dev.lockstep.protocol.replica.requests;

/**
 * How many requests one client or one peer can make this replica hold.
 *
 * @param clientRequests pending requests of one client identity
 * @param clientBytes bytes of pending requests of one client identity
 * @param peerRequests requests held on the word of one peer only
 * @param peerBytes bytes of requests held on the word of one peer only
 */
public record RequestBudgets(
    int clientRequests, long clientBytes, int peerRequests, long peerBytes) {}
