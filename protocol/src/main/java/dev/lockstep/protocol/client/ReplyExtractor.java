package dev.lockstep.protocol.client;

import dev.lockstep.protocol.bytes.Bytes;
import java.util.List;

/** Makes the result of a call from the results of a quorum that the comparator calls the same. */
@FunctionalInterface
public interface ReplyExtractor {
  /**
   * @param results one for each replica of the quorum, ascending by replica id; some may be from
   *     faulty replicas. A single one when it comes from the replies of a session that was closed
   * @return the result; null, like an exception, means that these replies do not suffice, and it is
   *     asked again when there are other ones
   */
  Bytes extract(List<Bytes> results);
}
