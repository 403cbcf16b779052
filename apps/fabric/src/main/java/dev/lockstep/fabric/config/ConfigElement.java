package dev.lockstep.fabric.config;

import com.google.protobuf.MessageOrBuilder;
import dev.lockstep.fabric.RefusedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.hyperledger.fabric.protos.common.ConfigGroup;
import org.hyperledger.fabric.protos.common.ConfigPolicy;
import org.hyperledger.fabric.protos.common.ConfigValue;

/**
 * A group, value or policy of a configuration, which has a version and a policy of its own.
 *
 * @param key what it is called in refusals, with its path
 * @param path the names of the groups that it is in, from the channel down; none for the channel
 * @param name its own
 * @param version how often it was changed
 * @param modPolicy who may change it
 * @param message what it is; of a group, only the names of what is in it count
 */
record ConfigElement(
    String key,
    List<String> path,
    String name,
    long version,
    String modPolicy,
    MessageOrBuilder message) {
  private static final String GROUP = "[Group]  ";
  private static final String VALUE = "[Value]  ";
  private static final String POLICY = "[Policy] ";
  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9.-]{1,249}");
  private static final int MAX_DEPTH = 32;

  boolean isGroup() {
    return message instanceof ConfigGroup;
  }

  static boolean isName(String name) {
    return NAME.matcher(name).matches() && !name.equals(".") && !name.equals("..");
  }

  /** All elements of a channel's configuration, or of a part of one, by their keys. */
  static Map<String, ConfigElement> all(ConfigGroup channel) throws RefusedException {
    Map<String, ConfigElement> all = new TreeMap<>();
    addGroup(List.of(), ChannelConfig.ROOT, channel, all);
    return all;
  }

  private static void addGroup(
      List<String> path, String name, ConfigGroup group, Map<String, ConfigElement> all)
      throws RefusedException {
    add(GROUP, path, name, group.getVersion(), group.getModPolicy(), group, all);
    List<String> inside = new ArrayList<>(path);
    inside.add(name);
    if (inside.size() > MAX_DEPTH) {
      throw new RefusedException("the groups are too deep at " + String.join("/", inside));
    }
    for (Map.Entry<String, ConfigGroup> below : group.getGroupsMap().entrySet()) {
      addGroup(inside, below.getKey(), below.getValue(), all);
    }
    for (Map.Entry<String, ConfigValue> entry : group.getValuesMap().entrySet()) {
      ConfigValue value = entry.getValue();
      add(VALUE, inside, entry.getKey(), value.getVersion(), value.getModPolicy(), value, all);
    }
    for (Map.Entry<String, ConfigPolicy> entry : group.getPoliciesMap().entrySet()) {
      ConfigPolicy policy = entry.getValue();
      add(POLICY, inside, entry.getKey(), policy.getVersion(), policy.getModPolicy(), policy, all);
    }
  }

  private static void add(
      String kind,
      List<String> path,
      String name,
      long version,
      String modPolicy,
      MessageOrBuilder message,
      Map<String, ConfigElement> all)
      throws RefusedException {
    if (!isName(name)) {
      throw new RefusedException("Illegal characters in key: " + kind + " " + name);
    }
    String key = key(kind, path, name);
    all.put(key, new ConfigElement(key, path, name, version, modPolicy, message));
  }

  private static String key(String kind, List<String> path, String name) {
    return path.isEmpty() ? kind + "/" + name : kind + "/" + String.join("/", path) + "/" + name;
  }

  /**
   * The configuration that these elements are: of each group those elements that it names.
   *
   * @throws RefusedException if a group names one that is not there
   */
  static ConfigGroup assemble(Map<String, ConfigElement> all) throws RefusedException {
    return group(List.of(), ChannelConfig.ROOT, all);
  }

  private static ConfigGroup group(List<String> path, String name, Map<String, ConfigElement> all)
      throws RefusedException {
    ConfigGroup named = (ConfigGroup) element(GROUP, path, name, all).message();
    ConfigGroup.Builder group = named.toBuilder();
    List<String> inside = new ArrayList<>(path);
    inside.add(name);
    for (String below : named.getGroupsMap().keySet()) {
      group.putGroups(below, group(inside, below, all));
    }
    for (String value : named.getValuesMap().keySet()) {
      group.putValues(value, (ConfigValue) element(VALUE, inside, value, all).message());
    }
    for (String policy : named.getPoliciesMap().keySet()) {
      group.putPolicies(policy, (ConfigPolicy) element(POLICY, inside, policy, all).message());
    }
    return group.build();
  }

  private static ConfigElement element(
      String kind, List<String> path, String name, Map<String, ConfigElement> all)
      throws RefusedException {
    String key = key(kind, path, name);
    ConfigElement element = all.get(key);
    if (element == null) {
      throw new RefusedException("missing " + key.strip());
    }
    return element;
  }
}
