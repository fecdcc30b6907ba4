import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkFilter, mayMatch, outputTopic } from './topics.ts';

test('a template takes levels from the topic a message came on', () => {
  const topicFor = outputTopic('events/{3}/{1}', ['cell-7/+/+']);
  expect(topicFor('cell-7/alpha/press-4')).toBe('events/press-4/cell-7');
});

test('a level behind a # may not be there, and is refused', () => {
  expect(outputTopic('events/{1}', ['line/#'])('line/a/b')).toBe('events/line');
  expect(() => outputTopic('events/{2}', ['line/#'])).toThrow(/\{2\} is not a level of every topic of line\/#/);
});

test.each(['a', '+', '#', 'a/+/b', 'a/#', '/a', 'a//b', '+/#'])('%s is a filter', (filter) => {
  expect(() => checkFilter(filter)).not.toThrow();
});

test.each([
  ['cell-7/events', 'cell-7/+', true],
  ['cell-7/events', 'cell-7/events', true],
  ['cell-7/events', 'cell-7/#', true],
  ['cell-7', 'cell-7/#', true],
  ['cell-7/events', 'cell-7/+/raw', false],
  ['cell-7/{2}', 'cell-7/raw', true],
  ['cell-8/{2}', 'cell-7/+', false],
  ['$SYS/x', '#', false],
  ['cell-7/a/b', 'cell-7/+', false],
])('%s may match %s: %s', (template, filter, matches) => {
  expect(mayMatch(template, filter)).toBe(matches);
});

test('what a template makes of a topic matches a filter only where it was said before that it may', () => {
  const level = fc.constantFrom('a', 'b', 'c');
  const topics = fc.array(level, { minLength: 2, maxLength: 3 });
  const templates = fc.array(fc.oneof(level, fc.constantFrom('{1}', '{2}')), { minLength: 1, maxLength: 3 });
  const filters = fc.array(fc.oneof(level, fc.constant('+')), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(topics, templates, filters, (topic, template, filter) => {
      const made = outputTopic(template.join('/'), [topic.join('/')])(topic.join('/')).split('/');
      const matches = made.length === filter.length && filter.every((each, at) => each === '+' || each === made[at]);
      if (matches) expect(mayMatch(template.join('/'), filter.join('/'))).toBe(true);
    }),
  );
});
