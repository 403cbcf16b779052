package dev.lockstep.api;

import java.util.List;

/**
 * Makes the one result of a call out of the replies of a quorum that the comparator found to be the
 * same, for example from shares. Must not block. An exception means that these replies do not give
 * a result (yet).
 */
@FunctionalInterface
public interface ReplyExtractor {
  byte[] extract(List<byte[]> replies);
}
