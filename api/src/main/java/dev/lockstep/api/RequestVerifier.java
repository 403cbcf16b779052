package dev.lockstep.api;

import java.util.UUID;

/**
 * Looks at a client's command before it is ordered, on the replica that received it: for formats
 * and permissions that are cheap to check. What it refuses is never ordered on this replica's word;
 * a client that quorum of replicas refuse is told so. Called on network threads, several at a time;
 * must not look at the service's state.
 */
@FunctionalInterface
public interface RequestVerifier {
  boolean isValid(UUID client, byte[] command);
}
