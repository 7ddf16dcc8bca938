package org.openmoshi.models.checkpoint;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a model's own names and those of another layout correspond. A rule is a pair of patterns in which {@code *}
 * stands for one component of a dotted path, the same on both sides in the same order. The first rule that fits a name
 * counts. The way back is looked up among the names that a model really has, because two of its names may follow
 * different rules to look alike in the other layout.
 */
public final class NameTable {
    /**
     * A rule of a table.
     *
     * @param own pattern of the model's own name
     * @param other patterns of the other layout's name, or names where it has the tensor in pieces
     */
    public record Rule(String own, List<String> other) {
        /** A rule. */
        public static Rule of(String own, String... other) {
            return new Rule(own, List.of(other));
        }
    }

    private final Map<Pattern, Rule> rules = new LinkedHashMap<>();
    private final boolean complete;

    /**
     * A table of rules, the more special ones first.
     *
     * @param complete whether every name must fit a rule; otherwise one that fits none is the same in both layouts
     */
    public NameTable(boolean complete, List<Rule> rules) {
        this.complete = complete;
        for (Rule rule : rules) {
            this.rules.put(Pattern.compile(Pattern.quote(rule.own()).replace("*", "\\E([^.]+)\\Q")), rule);
        }
    }

    /**
     * The other layout's names of one of the model's tensors.
     *
     * @throws IllegalArgumentException when no rule fits and one must
     */
    public List<String> other(String own) {
        for (Map.Entry<Pattern, Rule> entry : rules.entrySet()) {
            Matcher matcher = entry.getKey().matcher(own);
            if (matcher.matches()) {
                List<String> names = new ArrayList<>();
                for (String pattern : entry.getValue().other()) {
                    names.add(fill(pattern, matcher));
                }
                return names;
            }
        }
        if (complete) {
            throw new IllegalArgumentException("the other layout has no name for '" + own + "'");
        }
        return List.of(own);
    }

    private static String fill(String pattern, Matcher matcher) {
        StringBuilder name = new StringBuilder();
        int group = 0;
        for (char c : pattern.toCharArray()) {
            name.append(c == '*' ? matcher.group(++group) : String.valueOf(c));
        }
        return name.toString();
    }

    /**
     * The other layout's names of all tensors of a model, by the model's own.
     *
     * @throws IllegalArgumentException when a name has no counterpart, or two share one
     */
    public Map<String, List<String>> of(Set<String> ownNames) {
        Map<String, List<String>> table = new LinkedHashMap<>();
        Set<String> taken = new LinkedHashSet<>();
        for (String own : ownNames) {
            List<String> names = other(own);
            for (String name : names) {
                if (!taken.add(name)) {
                    throw new IllegalArgumentException("two tensors would be called '" + name + "'");
                }
            }
            table.put(own, names);
        }
        return table;
    }
}
