package dev.lockstep.simulator;

import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.message.Testimony;
import java.util.List;

/** Short readable forms for traces. */
public final class Describe {
  private Describe() {}

  public static String message(Message message) {
    if (message instanceof Message.Propose m) {
      return "PROPOSE i"
          + m.instance()
          + " g"
          + m.regency()
          + " "
          + m.batch().digest()
          + " of "
          + m.batch().references().size();
    } else if (message instanceof Message.Write m) {
      return "WRITE i" + m.instance() + " g" + m.regency() + " " + m.digest();
    } else if (message instanceof Message.Accept m) {
      return "ACCEPT i" + m.instance() + " g" + m.regency() + " " + m.digest();
    } else if (message instanceof Message.Stop m) {
      return "STOP g" + m.regency();
    } else if (message instanceof Message.StopData m) {
      return "STOPDATA " + stopData(m.testimony().core());
    } else if (message instanceof Message.Sync m) {
      StringBuilder out = new StringBuilder("SYNC g" + m.regency());
      m.entries().forEach(entry -> out.append(" [").append(stopData(entry.core())).append(']'));
      return out.toString();
    } else if (message instanceof Message.Status m) {
      return "STATUS g"
          + m.regency()
          + (m.synced() ? "" : "?")
          + " next "
          + m.nextRegency()
          + " ld "
          + m.lastDelivered()
          + (m.learnUntil() > m.lastDelivered() ? " learns to " + m.learnUntil() : "");
    } else if (message instanceof Message.Decision m) {
      return "DECISION i" + m.batch().instance() + " " + m.batch().digest();
    } else if (message instanceof Message.Forwarded m) {
      return "FORWARDED " + requests(m.requests());
    } else if (message instanceof Message.RequestBodies m) {
      return "REQUEST_BODIES " + requests(m.requests());
    } else if (message instanceof Message.Value m) {
      return "VALUE " + m.batch().digest();
    } else if (message instanceof Message.ClientRequest m) {
      return "REQUEST " + m.request() + " replier " + m.replier();
    } else if (message instanceof Message.Reply m) {
      return "REPLY s"
          + m.session()
          + " #"
          + m.sequence()
          + " "
          + m.outcome()
          + " i"
          + m.instance()
          + " "
          + m.resultDigest();
    }
    return message.toString();
  }

  private static String requests(List<Request> requests) {
    return requests.size() > 4
        ? requests.size() + " requests from " + requests.get(0)
        : requests.toString();
  }

  private static String stopData(Testimony core) {
    StringBuilder out = new StringBuilder();
    out.append('r').append(core.replica()).append(" g").append(core.regency());
    out.append(" ld ").append(core.lastDelivered());
    for (Testimony.Open open : core.open()) {
      out.append(" i").append(open.instance());
      if (open.decided() != null) {
        out.append(" decided ").append(open.decided());
      } else {
        if (!open.lock().isNone()) {
          out.append(" lock ").append(open.lock().regency()).append('/');
          out.append(open.lock().digest());
        }
        open.writeSet()
            .forEach(w -> out.append(" w ").append(w.regency()).append('/').append(w.digest()));
      }
    }
    return out.toString();
  }
}
