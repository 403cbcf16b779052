package dev.lockstep.config;

import java.io.IOException;

/** A configuration file is not as it must be; the message is one sentence for the user. */
public final class ConfigException extends IOException {
  ConfigException(String sentence) {
    super(sentence);
  }

  ConfigException(String sentence, Throwable cause) {
    super(sentence, cause);
  }
}
