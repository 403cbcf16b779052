package dev.lockstep.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.slf4j.LoggerFactory;

/** What connections say in commands in which replicas are meant to fail. */
final class Links {
  private Links() {}

  /** Leaves out that replicas cannot be reached, unless somebody asked for a log. */
  static void quiet() {
    if (System.getenv("LOCKSTEP_LOG") == null
        && LoggerFactory.getLogger("dev.lockstep.network") instanceof Logger links) {
      links.setLevel(Level.ERROR);
    }
  }
}
