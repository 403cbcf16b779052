package dev.lockstep.protocol.client;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.view.QuorumSystem;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which replicas pushed what. A push counts once members among which one is correct have sent the
 * same bytes for its place. What is open burdens the member that opened it, so a faulty one that
 * makes places up pushes out its own only; what is done stays remembered apart, because no faulty
 * replica alone can add to that.
 */
final class PushVotes {
  /** Most places that one member may have opened, and that are remembered as done. */
  private static final int PLACES = 4096;

  /** Most bytes that one member may have opened. */
  private static final long BYTES = 16L << 20;

  private record Place(long instance, int position, int index) {}

  private static final class Votes {
    final Map<Bytes, Long> masks = new HashMap<>(4);
    final int opener;
    long spoken;
    long bytes;

    Votes(int opener) {
      this.opener = opener;
    }
  }

  private static final class Opened {
    /** The oldest first. */
    final LinkedHashMap<Place, Votes> places = new LinkedHashMap<>();

    long bytes;
  }

  private final Map<Place, Votes> open = new HashMap<>();
  private final List<Opened> openedBy = new ArrayList<>();

  private final LinkedHashMap<Place, Boolean> done =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Place, Boolean> eldest) {
          return size() > PLACES;
        }
      };

  /** Returns true when this one makes enough; once for each place. */
  boolean add(int member, Message.Push push, QuorumSystem quorums) {
    Place place = new Place(push.instance(), push.position(), push.index());
    if (done.containsKey(place)) {
      return false;
    }
    Votes votes = open.get(place);
    if (votes == null) {
      votes = new Votes(member);
      open.put(place, votes);
      opened(member).places.put(place, votes);
    }
    if ((votes.spoken & 1L << member) != 0) {
      return false; // the first word of each counts
    }
    votes.spoken |= 1L << member;
    long mask = votes.masks.getOrDefault(push.payload(), 0L) | 1L << member;
    if (quorums.hasOneCorrect(mask)) {
      close(place, votes);
      done.put(place, true);
      return true;
    }
    if (votes.masks.put(push.payload(), mask) == null) {
      votes.bytes += push.payload().length();
      opened(votes.opener).bytes += push.payload().length();
    }
    makeRoom(opened(votes.opener));
    return false;
  }

  private void makeRoom(Opened opened) {
    while (opened.places.size() > PLACES || opened.bytes > BYTES) {
      Map.Entry<Place, Votes> oldest = opened.places.entrySet().iterator().next();
      close(oldest.getKey(), oldest.getValue());
    }
  }

  private void close(Place place, Votes votes) {
    open.remove(place);
    Opened opened = opened(votes.opener);
    opened.places.remove(place);
    opened.bytes -= votes.bytes;
  }

  private Opened opened(int member) {
    while (openedBy.size() <= member) {
      openedBy.add(new Opened());
    }
    return openedBy.get(member);
  }
}
