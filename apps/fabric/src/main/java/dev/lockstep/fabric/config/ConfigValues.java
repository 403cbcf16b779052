package dev.lockstep.fabric.config;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import dev.lockstep.fabric.RefusedException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.hyperledger.fabric.protos.common.Capabilities;
import org.hyperledger.fabric.protos.common.ConfigGroup;
import org.hyperledger.fabric.protos.common.OrdererAddresses;

/** Reads the values of one group of a configuration. */
final class ConfigValues {
  private final String path;
  private final ConfigGroup group;

  /**
   * Peers do not load a configuration with a value that they do not know or cannot read, so it must
   * never come into a block.
   */
  ConfigValues(String path, ConfigGroup group, Map<String, Parser<? extends Message>> known)
      throws RefusedException {
    this.path = path;
    this.group = group;
    for (String name : new TreeSet<>(group.getValuesMap().keySet())) {
      if (!known.containsKey(name)) {
        throw new RefusedException("Unexpected key " + name + " in " + path);
      }
      required(name, known.get(name));
    }
  }

  boolean has(String name) {
    return group.containsValues(name);
  }

  <T extends Message> T required(String name, Parser<T> parser) throws RefusedException {
    if (!has(name)) {
      throw new RefusedException("the value " + name + " is missing in " + path);
    }
    return parsed(group.getValuesOrThrow(name).getValue(), name, parser);
  }

  <T extends Message> T orDefault(String name, Parser<T> parser) throws RefusedException {
    return parsed(
        has(name) ? group.getValuesOrThrow(name).getValue() : ByteString.EMPTY, name, parser);
  }

  private <T extends Message> T parsed(ByteString bytes, String name, Parser<T> parser)
      throws RefusedException {
    try {
      return parser.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new RefusedException("the value " + name + " in " + path + " is malformed", e);
    }
  }

  List<String> addresses(String name) throws RefusedException {
    return orDefault(name, OrdererAddresses.parser()).getAddressesList();
  }

  /** Refuses capabilities that are not among those supported here. */
  void requireCapabilities(String of, Set<String> supported) throws RefusedException {
    Capabilities capabilities = orDefault("Capabilities", Capabilities.parser());
    for (String name : new TreeSet<>(capabilities.getCapabilitiesMap().keySet())) {
      if (!supported.contains(name)) {
        throw new RefusedException(
            String.format(
                "%s capability %s is required but not supported; supported are %s",
                of, name, new TreeSet<>(supported)));
      }
    }
    if (capabilities.getCapabilitiesCount() == 0) {
      throw new RefusedException(
          of
              + " has no capabilities, and this ordering service needs one of "
              + new TreeSet<>(supported));
    }
  }
}
