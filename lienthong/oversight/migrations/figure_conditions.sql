-- A question may depend on a figure as on a yes-or-no question: owed where that is more than nothing. What is not asked is not owed.
-- Reads: oversight_reply, oversight_addressee, oversight_question, oversight_replyline. Writes: nothing.
-- Grain: a question that a reply owes something to. Repeatable: yes. Refuses: nothing.

CREATE OR REPLACE FUNCTION oversight_unanswered(asked bigint) RETURNS TABLE (question_id bigint) LANGUAGE sql STABLE AS $$
    SELECT question.id
    FROM oversight_reply AS reply
    JOIN oversight_addressee AS addressee ON addressee.id = reply.addressee_id
    JOIN oversight_question AS question ON question.directive_id = addressee.directive_id
    LEFT JOIN oversight_replyline AS line ON line.reply_id = reply.id AND line.question_id = question.id
    LEFT JOIN oversight_question AS condition
        ON condition.directive_id = question.directive_id AND condition.place = question.only_if_no
    LEFT JOIN oversight_replyline AS decided ON decided.reply_id = reply.id AND decided.question_id = condition.id
    WHERE reply.id = asked
      AND (question.only_if_no IS NULL
           OR CASE condition.kind WHEN 'figure' THEN coalesce(decided.own, decided.live) > 0 ELSE decided.is_yes IS FALSE END)
      AND (question.is_required
           AND NOT coalesce(CASE question.kind
               WHEN 'figure' THEN coalesce(line.live, line.own) IS NOT NULL
               WHEN 'reasons' THEN cardinality(line.reasons) > 0
               WHEN 'text' THEN line.text <> ''
               WHEN 'day' THEN line.day IS NOT NULL
               WHEN 'yes_no' THEN line.is_yes IS NOT NULL
               WHEN 'plan' THEN jsonb_array_length(line.plans) > 0 END, false)
           -- What was begun is whole, asked for or not.
           OR line.own IS NOT NULL AND line.own_reason = ''
           OR 'OTHER' = ANY (line.reasons) AND line.text = ''
           OR EXISTS (SELECT 1 FROM jsonb_array_elements(line.plans) AS plan
                      WHERE coalesce(plan ->> 'work', '') = '' OR coalesce(plan ->> 'until', '') = ''))
$$;
